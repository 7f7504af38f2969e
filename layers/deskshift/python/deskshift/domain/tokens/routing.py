"""The route that each grant takes, with the reason; and the integrations that people have to check (Z-19)."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from deskshift.model.oauth import Grant, OAuthClient
from deskshift.model.reissue import Route

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_RENEWABLE = {
    "api_key": "it uses an API key, which no authorization renews",
    "basic": "it uses basic authentication, which ends with the account's change",
}


_AND = "; "


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer and this stack have for one account.

    `lists` and `pkce` are the issuer's. `callback` is deskshift's callback address for this issuer. `entrusted` are the
    clients whose authentication lies in Secrets Manager.
    """

    lists: bool
    pkce: bool
    callback: str | None = None
    entrusted: frozenset[str] = frozenset()


class Routed(msgspec.Struct, frozen=True):
    """A grant with its route and why it takes it; `client` None: the issuer does not list it."""

    grant: Grant
    client: OAuthClient | None
    route: Route
    reason: str


class ToCheck(msgspec.Struct, frozen=True, kw_only=True):
    """An integration that its owner has to check after the move, and what for."""

    client_id: str
    name: str
    owner_id: str | None
    reasons: tuple[str, ...]


class Inventory(msgspec.Struct, frozen=True):
    """All grants of an account, each once, in order of client and agent; and every integration."""

    grants: tuple[Routed, ...]
    to_check: tuple[ToCheck, ...]


def inventory(clients: Iterable[OAuthClient], grants: Iterable[Grant], ways: Ways) -> Inventory:
    """Give each grant its route."""
    known = {client.id: client for client in clients}
    routed = [_routed(grant, known.get(grant.client_id), ways) for grant in _once(grants)]
    by_client: dict[str, list[Routed]] = {}
    for one in routed:
        by_client.setdefault(one.grant.client_id, []).append(one)
    checks = [to_check(client, by_client.get(client.id, ())) for client in known.values()]
    return Inventory(tuple(routed), tuple(sorted(checks, key=lambda check: check.client_id)))


def route_of(grant: Grant, client: OAuthClient | None, ways: Ways) -> tuple[Route, str]:
    """Choose the route of one grant; what no route renews is left to a person."""
    if client is None:
        return "manual", "the issuer does not list this grant's client"
    if grant.agent_id is None:
        return _own(client, ways)
    if "authorization_code" not in client.grant_types:
        why = [_NOT_RENEWABLE[one] for one in client.grant_types if one in _NOT_RENEWABLE]
        return "manual", _AND.join(why) or "the client takes no authorization code"
    if ways.callback is not None and ways.callback in client.redirect_uris and client.id in ways.entrusted:
        if ways.pkce or client.confidential:
            return "brokered", "deskshift's callback is registered for the client, and its authentication is entrusted"
        brokered = "a public client is not brokered at an issuer without PKCE; "
    else:
        brokered = ""
    return _direct(client, ways, brokered)


def to_check(client: OAuthClient, routed: Iterable[Routed]) -> ToCheck:
    """Say what has to be checked about an integration: each uses OAuth, or a credential that is no better off."""
    reasons = [_NOT_RENEWABLE[one] for one in client.grant_types if one in _NOT_RENEWABLE]
    if "authorization_code" in client.grant_types:
        reasons.append("it uses OAuth: check its authorize address, and that it works with a new token")
    if "client_credentials" in client.grant_types:
        reasons.append("it uses client credentials: check that it asks for a new token")
    manual = sorted({one.reason for one in routed if one.route == "manual"})
    manual = [one for one in manual if not set(one.split(_AND)) <= set(reasons)]
    return ToCheck(
        client_id=client.id, name=client.name, owner_id=client.owner_id, reasons=tuple(dict.fromkeys(reasons + manual))
    )


def safe_start(address: str | None) -> bool:
    """Say whether an address may be a link in an invitation: https (or this machine's own), no name or password."""
    if address is None or any(not " " < character < "\x7f" or character == "\\" for character in address):
        return False  # a browser takes a backslash for a slash, and so another host for the one that is read here
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _own(client: OAuthClient, ways: Ways) -> tuple[Route, str]:
    if "client_credentials" not in client.grant_types:
        return "manual", "the client's own token is not one of client credentials"
    if not ways.lists:
        return "manual", "the issuer does not list tokens: a new one would not be seen"
    return "machine", "client credentials need no person's authorization"


def _direct(client: OAuthClient, ways: Ways, before: str) -> tuple[Route, str]:
    if not ways.lists:
        return "manual", before + "the issuer does not list tokens: a new one would not be seen"
    if client.authorization_start is None:
        return "manual", before + "the integration has no authorization start of its own"
    if not safe_start(client.authorization_start):
        return "manual", before + "the integration's authorization start is no address that an invitation may link to"
    return "direct", before + "the integration's own authorization start"


def _routed(grant: Grant, client: OAuthClient | None, ways: Ways) -> Routed:
    route, reason = route_of(grant, client, ways)
    return Routed(grant, client, route, reason)


def _once(grants: Iterable[Grant]) -> list[Grant]:
    """Put grants that a listing shows in pieces together: each client and agent has one."""
    found: dict[tuple[str, bool, str], Grant] = {}
    for grant in grants:
        key = (grant.client_id, grant.agent_id is not None, grant.agent_id or "")
        found[key] = grant if key not in found else _together(found[key], grant)
    return [found[key] for key in sorted(found)]


def _together(one: Grant, other: Grant) -> Grant:
    tokens: Mapping[str, object] = {token.id: token for token in one.tokens}
    added = tuple(token for token in other.tokens if token.id not in tokens)
    return Grant(
        client_id=one.client_id,
        agent_id=one.agent_id,
        scopes=tuple(dict.fromkeys(one.scopes + other.scopes)),
        tokens=tuple(sorted(one.tokens + added, key=lambda token: (token.created_at, token.id))),
    )
