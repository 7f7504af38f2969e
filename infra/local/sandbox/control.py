"""The sandbox's control plane, ``/_sandbox/…``: not part of the contract; for the command line and for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response
from starlette.routing import Route

from infra.local.sandbox.account import Account, Options, Progress
from infra.local.sandbox.arrivals import Arrivals
from infra.local.sandbox.call import Tenant
from infra.local.sandbox.dump import write_dump
from infra.local.sandbox.errors import ContractError, invalid, not_found
from infra.local.sandbox.export import ExportError, load_export, parse_export
from infra.local.sandbox.faults import Faults, FaultSpecError, parse_faults
from infra.local.sandbox.integration_routes import Deed, addresses, done
from infra.local.sandbox.people import decode_event, happen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_Body = TypeVar("_Body")


class _NewAccount(Struct, forbid_unknown_fields=True):
    token: str
    webhook_secret: str
    folder: str | None = None
    export: dict[str, Any] | None = None
    options: Options = msgspec.field(default_factory=Options)
    deskshift_url: str | None = None


class _Spec(Struct):
    spec: str


class _ArrivalsBody(Struct):
    count: Annotated[int, Meta(ge=0)]
    channel_id: str
    seed: int = 1


class _Folder(Struct):
    folder: str


class _Client(Struct):
    client_id: str


class Control:
    """The control plane over the accounts that are served."""

    def __init__(self, tenants: dict[str, Tenant], base_url: str) -> None:
        self._tenants = tenants
        self._base_url = base_url

    def routes(self) -> list[Route]:
        """Return the control plane's routes."""
        account = "/_sandbox/accounts/{id}"
        return [
            self._route("GET", "/_sandbox/health", self._health),
            self._route("POST", "/_sandbox/accounts", self._add),
            self._route("PATCH", account, self._options),
            self._route("DELETE", account, self._remove),
            self._route("POST", f"{account}/live", self._live),
            self._route("POST", f"{account}/faults", self._faults),
            self._route("GET", f"{account}/faults", self._counts),
            self._route("POST", f"{account}/arrivals", self._arrivals),
            self._route("POST", f"{account}/arrivals/finish", self._finish),
            self._route("POST", f"{account}/dump", self._dump),
            self._route("GET", f"{account}/calls", self._calls),
            self._route("POST", f"{account}/state", self._state),
            self._route("GET", f"{account}/integrations", self._addresses),
            self._route("POST", f"{account}/integrations", self._deed),
            self._route("POST", f"{account}/secrets", self._secret),
        ]

    def _route(self, method: str, path: str, run: Callable[[str, bytes], object]) -> Route:
        return Route(path, _endpoint(run), methods=[method])

    def _tenant(self, identifier: str) -> Tenant:
        if identifier not in self._tenants:
            raise not_found("account")
        return self._tenants[identifier]

    def _health(self, _: str, __: bytes) -> object:
        return {"accounts": sorted(self._tenants)}

    def _add(self, _: str, body: bytes) -> object:
        request = _decoded(body, _NewAccount)
        if request.folder is not None:
            export = load_export(Path(request.folder))
        elif request.export is not None:
            export = parse_export(request.export)
        else:
            raise invalid("folder", "Either folder or export is needed.")
        if any(
            each.account.token == request.token for key, each in self._tenants.items() if key != export.account["id"]
        ):
            raise invalid("token", "The token is another account's.")
        places = {"{sandbox}": self._base_url}
        if request.deskshift_url is not None:
            places["{deskshift}"] = request.deskshift_url.rstrip("/")
        account = Account.of(export, request.token, request.webhook_secret, places)
        account.set_options(request.options)
        self._tenants[account.id] = Tenant(account)
        return {"id": account.id, "warnings": account.warnings}

    def _options(self, identifier: str, body: bytes) -> object:
        self._tenant(identifier).account.set_options(_decoded(body, Options))
        return {"id": identifier}

    def _remove(self, identifier: str, _: bytes) -> object:
        self._tenant(identifier)
        del self._tenants[identifier]
        return {"id": identifier}

    def _live(self, identifier: str, body: bytes) -> object:
        return {"result": happen(self._tenant(identifier).account, decode_event(body))}

    def _faults(self, identifier: str, body: bytes) -> object:
        account = self._tenant(identifier).account
        account.faults = Faults(parse_faults(_decoded(body, _Spec).spec))
        return account.faults.counts

    def _counts(self, identifier: str, _: bytes) -> object:
        return self._tenant(identifier).account.faults.counts

    def _arrivals(self, identifier: str, body: bytes) -> object:
        tenant, request = self._tenant(identifier), _decoded(body, _ArrivalsBody)
        if request.channel_id not in tenant.account.inbox.channels:
            raise not_found("channel")
        tenant.account.progress = Progress()
        tenant.arrivals = Arrivals(tenant.account, request.channel_id, request.count, request.seed)
        return {"left": tenant.arrivals.left}

    def _finish(self, identifier: str, _: bytes) -> object:
        arrivals = self._tenant(identifier).arrivals
        return {"fired": [] if arrivals is None else arrivals.finish()}

    def _dump(self, identifier: str, body: bytes) -> object:
        folder = Path(_decoded(body, _Folder).folder)
        write_dump(self._tenant(identifier).account, folder)
        return {"folder": str(folder)}

    def _calls(self, identifier: str, _: bytes) -> object:
        return self._tenant(identifier).account.calls

    def _state(self, identifier: str, _: bytes) -> object:
        tenant = self._tenant(identifier)
        account = tenant.account
        return {
            "sent": account.sent,
            "banner": account.banner,
            "messages": list(account.messages.values()),
            "notifications": account.notifications,
            "subscriptions": account.webhooks.subscriptions,
            "webhooks": {**account.webhooks.counts, "pending": account.webhooks.pending},
            "events": account.events,
            "arrivals_left": 0 if tenant.arrivals is None else tenant.arrivals.left,
            "rate_limited": account.rate_limited,
            "tombstones": account.desk.tombstones,
            "billing": account.billing,
            "versions": {each.id: each.version for each in account.inbox.conversations.values()},
        }

    def _addresses(self, identifier: str, _: bytes) -> object:
        return addresses(self._tenant(identifier).account, self._base_url)

    def _deed(self, identifier: str, body: bytes) -> object:
        return done(self._tenant(identifier).account, _decoded(body, Deed))

    def _secret(self, identifier: str, body: bytes) -> object:
        """Give one more secret of a client to who is entrusted with its authentication; it is not kept in clear."""
        oauth, client_id = self._tenant(identifier).account.oauth, _decoded(body, _Client).client_id
        if client_id not in oauth.clients:
            raise not_found("OAuth client")
        return {"secret": oauth.entrust(client_id)}


def _decoded(body: bytes, shape: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise invalid("body", str(error)) from error


def _facts(error: Exception, *names: str) -> dict[str, object]:
    return {"error": {name: getattr(error, name) for name in names}}


def _endpoint(run: Callable[[str, bytes], object]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            answer, status = run(request.path_params.get("id", ""), body), 200
        except ContractError as error:
            answer, status = error.body(), error.status
        except ExportError as error:
            answer, status = _facts(error, "code", "file", "line", "field", "found", "allowed"), 422
        except FaultSpecError as error:
            answer, status = _facts(error, "code", "part", "found", "allowed"), 422
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    return endpoint
