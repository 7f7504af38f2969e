"""Checking the OAuth part of an account export: its form, ids that are there once, and links that lead somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from infra.local.sandbox import export_check
from infra.local.sandbox.export_billing import check_form
from infra.local.sandbox.export_oauth_fields import OAUTH
from infra.local.sandbox.oauth_records import OAuthExport

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from infra.local.sandbox.export_check import Check
    from infra.local.sandbox.oauth_records import OAuthClient, OAuthGrant, OAuthToken

FILE = "oauth.json"
_PLACE = (FILE, 1)


def checked_oauth(check: Check, value: Any, agents: Collection[str]) -> OAuthExport:  # noqa: ANN401 - decoded JSON
    """Check a decoded oauth.json and bring it into its form; unknown fields are noted in the check.

    Args:
        check: gathers what the pass over the files finds.
        value: what was decoded.
        agents: the ids of the account's agents.

    Raises:
        ExportError: naming the field, what was found, and what is allowed.
    """
    check_form(check, _PLACE, "", value, OAUTH)
    oauth = msgspec.convert(value, OAuthExport)
    for index, client in enumerate(oauth.clients):
        check.unique(_PLACE, f"clients[{index}].id", "OAuth clients", client.id)
        _check_client(f"clients[{index}]", client)
    _check_starts(oauth.clients)
    clients = {client.id: client for client in oauth.clients}
    for index, grant in enumerate(oauth.grants):
        path = f"grants[{index}]"
        whose = f"{grant.client_id} for {grant.agent_id}"
        _check_grant(path, grant, clients.get(grant.client_id), agents)
        check.unique(_PLACE, f"{path}.agent_id", "OAuth grants", whose)
        for number, token in enumerate(grant.tokens):
            _check_token(check, f"{path}.tokens[{number}]", token, grant)
    return oauth


def _check_client(path: str, client: OAuthClient) -> None:
    """Refuse what no authorization server would register (RFC 6749, 2.1 and 4.4)."""
    if "authorization_code" in client.grant_types and not client.redirect_uris:
        _refuse("invalid_value", f"{path}.redirect_uris", [], "at least one, for authorization_code")
    if "client_credentials" in client.grant_types and not client.confidential:
        _refuse("invalid_value", f"{path}.confidential", client.confidential, "true, for client_credentials")
    uses_oauth = {"authorization_code", "client_credentials"} & set(client.grant_types)
    if client.confidential and uses_oauth and client.secret_sha256 is None:
        _refuse("invalid_value", f"{path}.secret_sha256", None, "the SHA-256 of a confidential client's secret")
    if not client.confidential and client.secret_sha256 is not None:
        allowed = "null: a public client has no secret"
        export_check.refuse_hidden("invalid_value", _PLACE, f"{path}.secret_sha256", client.secret_sha256, allowed)


def _check_starts(clients: Sequence[OAuthClient]) -> None:
    """Refuse a start that two clients have: whoever opens it could not be told which of them they begin."""
    starts: dict[str, str] = {}
    for index, client in enumerate(clients):
        if client.authorization_start is None:
            continue
        address = client.authorization_start.partition("?")[0]
        if address in starts:
            allowed = f"an address of its own: before the query it is the start of {starts[address]}"
            _refuse("invalid_value", f"clients[{index}].authorization_start", client.authorization_start, allowed)
        starts[address] = client.id


def _check_grant(path: str, grant: OAuthGrant, client: OAuthClient | None, agents: Collection[str]) -> None:
    if client is None:
        _refuse("broken_link", f"{path}.client_id", grant.client_id, "the id of one of the clients")
    if grant.agent_id is not None and grant.agent_id not in agents:
        _refuse("broken_link", f"{path}.agent_id", grant.agent_id, "the id of one of the agents, or null")
    if grant.agent_id is None and set(client.grant_types) == {"authorization_code"}:
        _refuse("invalid_value", f"{path}.agent_id", None, "an agent's id: the client has no tokens of its own")
    if not set(grant.scopes) <= set(client.scopes):
        _refuse("invalid_value", f"{path}.scopes", grant.scopes, f"scopes of the client: {', '.join(client.scopes)}")


def _check_token(check: Check, path: str, token: OAuthToken, grant: OAuthGrant) -> None:
    check.unique(_PLACE, f"{path}.id", "OAuth tokens", token.id)
    check.unique(_PLACE, f"{path}.sha256", "digests of tokens", token.sha256, hidden=True)
    if token.refresh_sha256 is not None:
        check.unique(_PLACE, f"{path}.refresh_sha256", "digests of tokens", token.refresh_sha256, hidden=True)
    if token.refresh_expires_at is not None and token.refresh_sha256 is None:
        _refuse("invalid_value", f"{path}.refresh_expires_at", token.refresh_expires_at, "null, without refresh_sha256")
    for name in ("expires_at", "refresh_expires_at"):
        ends = getattr(token, name)
        if ends is not None and ends <= token.created_at:
            _refuse("invalid_value", f"{path}.{name}", ends, f"a time after {token.created_at}")
    if token.last_used_at is not None and token.last_used_at < token.created_at:
        _refuse("invalid_value", f"{path}.last_used_at", token.last_used_at, f"no time before {token.created_at}")
    if not set(token.scopes) <= set(grant.scopes):
        _refuse("invalid_value", f"{path}.scopes", token.scopes, f"scopes of the grant: {', '.join(grant.scopes)}")


def _refuse(code: str, path: str, found: object, allowed: str) -> NoReturn:
    export_check.refuse(code, _PLACE, path, found, allowed)
