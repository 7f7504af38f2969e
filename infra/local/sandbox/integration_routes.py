"""Where the integrations that the sandbox plays are reached: by a browser, and by whoever tells them what to do.

`/integrations/{account_id}/{client_id}/start` and `…/callback` are their pages. Whatever addresses an export has, a
browser that is played finds these in their place (`addresses`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from infra.local.sandbox import integrations
from infra.local.sandbox.errors import ContractError, not_found
from infra.local.sandbox.html import page, paragraph
from infra.local.sandbox.integrations import NotConnected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from infra.local.sandbox.account import Account
    from infra.local.sandbox.call import Answer, Tenant


class Deed(msgspec.Struct, forbid_unknown_fields=True):
    """What an integration is told to do; `agent_id` None: with its own token.

    `token_id` is for `use` alone, the two values for `keep`.
    """

    client_id: str
    do: Literal["use", "refresh", "client_credentials", "keep"]
    agent_id: str | None = None
    token_id: str | None = None
    access_token: str = ""
    refresh_token: str | None = None


class IntegrationPages:
    """The pages of all integrations of the accounts that are served."""

    def __init__(self, tenants: Mapping[str, Tenant]) -> None:
        self._tenants = tenants

    def routes(self) -> list[Route]:
        """Return their routes."""
        base = "/integrations/{account_id}/{client_id}"
        return [Route(f"{base}/start", self._start), Route(f"{base}/callback", self._callback)]

    async def _start(self, request: Request) -> Response:
        try:
            address = integrations.begin(self._account(request), request.path_params["client_id"])
        except ContractError as error:
            return _response(page("There is no such integration", status=error.status))
        return Response(status_code=302, headers={"Location": address, "Cache-Control": "no-store"})

    async def _callback(self, request: Request) -> Response:
        try:
            integrations.finish(self._account(request), request.path_params["client_id"], request.query_params)
        except ContractError as error:
            return _response(page("There is no such integration", status=error.status))
        except NotConnected as error:
            declined = error.code == "access_denied"
            outcome, status = ("declined", 200) if declined else ("failed", 400)
            return _response(page("Not connected", paragraph(_shown(error.code)), status=status, outcome=outcome))
        return _response(page("Connected", outcome="connected"))

    def _account(self, request: Request) -> Account:
        tenant = self._tenants.get(request.path_params["account_id"])
        if tenant is None:
            raise not_found("account")
        return tenant.account


def done(account: Account, deed: Deed) -> dict[str, Any]:
    """Let an integration do what it is told, and return whose token that was.

    Raises:
        ContractError: it has no such token, or the issuer refused: 409 with OAuth's code.
    """
    try:
        if deed.do == "use":
            return integrations.use(account, deed.client_id, deed.agent_id, deed.token_id)
        if deed.do == "keep":
            return integrations.keep(account, deed.client_id, deed.access_token, deed.refresh_token)
        if deed.do == "refresh":
            return integrations.refresh(account, deed.client_id, deed.agent_id)
        return integrations.ask_for_own(account, deed.client_id)
    except NotConnected as error:
        raise ContractError(409, error.code, "The issuer refused.") from error


def addresses(account: Account, base_url: str) -> list[dict[str, Any]]:
    """Return each integration's addresses as they are registered, and where they are played."""
    return [
        {
            "client_id": client.id,
            "authorization_start": client.authorization_start,
            "redirect_uris": client.redirect_uris,
            "played_start": f"{base_url}/integrations/{account.id}/{client.id}/start",
            "played_callback": f"{base_url}/integrations/{account.id}/{client.id}/callback",
        }
        for client in account.oauth.clients.values()
    ]


def _shown(code: str) -> str:
    """Return a code that may be shown: it may come from whoever made the address up."""
    return code if code.isascii() and code.isidentifier() else "invalid_answer"


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), answer.content_type)
