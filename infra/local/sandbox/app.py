"""The sandbox's application: every operation of the contract, and the control plane beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from infra.local.sandbox import (
    account_routes,
    billing_routes,
    help_desk_routes,
    inbox_routes,
    issuer_pages,
    issuer_routes,
    notice_routes,
    oauth_routes,
    release,
)
from infra.local.sandbox.call import Endpoint, Operation, Tenant
from infra.local.sandbox.control import Control
from infra.local.sandbox.integration_routes import IntegrationPages

if TYPE_CHECKING:
    from starlette.requests import Request

OPERATIONS: tuple[Operation, ...] = (
    *account_routes.OPERATIONS,
    *inbox_routes.OPERATIONS,
    *release.OPERATIONS,
    *help_desk_routes.OPERATIONS,
    *notice_routes.OPERATIONS,
    *billing_routes.OPERATIONS,
    *oauth_routes.OPERATIONS,
    *issuer_routes.OPERATIONS,
    *issuer_pages.OPERATIONS,
)


def build_app(base_url: str) -> Starlette:
    """Return the application, with no account yet; ``base_url`` is where it is served."""
    tenants: dict[str, Tenant] = {}
    routes = [
        Route(each.path, Endpoint(each, tenants), methods=[each.method])
        for each in (*OPERATIONS, *issuer_pages.OWN_PAGES)
    ]
    return Starlette(
        routes=[*routes, *Control(tenants, base_url).routes(), *IntegrationPages(tenants).routes()],
        exception_handlers={HTTPException: _no_such_operation},
    )


async def _no_such_operation(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "invalid_request")
    body = {"error": {"code": code, "message": "There is no such operation."}}
    return Response(msgspec.json.encode(body), status, media_type="application/json")
