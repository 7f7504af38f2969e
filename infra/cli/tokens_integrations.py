"""The integrations of a local reissue: they collect, use and refresh their tokens, as they would at their owners'."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import urllib3

from infra.local.sandbox.client import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.sandbox.client import Sandbox
    from infra.local.sandbox.oauth_records import OAuthExport

_NONE_YET = "no_token"
_FORM = "application/x-www-form-urlencoded"


class Integrations:
    """All integrations of one account.

    Args:
        sandbox: plays what they do with their tokens.
        account_id: whose integrations.
        oauth: what they are, and whom they work for.
        collect_at: where tokens wait that deskshift has exchanged for them.
        secrets: what those who collect there authenticate with.
    """

    def __init__(
        self, sandbox: Sandbox, account_id: str, oauth: OAuthExport, collect_at: str, secrets: Mapping[str, str]
    ) -> None:
        self._sandbox = sandbox
        self._account_id = account_id
        machines = {client.id for client in oauth.clients if "client_credentials" in client.grant_types}
        self._own: Sequence[str] = [one.client_id for one in oauth.grants if one.agent_id is None]
        self._own = [client_id for client_id in self._own if client_id in machines]
        self._agents = [(one.client_id, one.agent_id) for one in oauth.grants if one.agent_id is not None]
        self._collect_at = collect_at
        self._secrets = secrets
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def work(self) -> None:
        """Let each collect what waits for it, then call the platform once for everybody it works for."""
        for client_id, secret in self._secrets.items():
            self._collect(client_id, secret)
        for client_id, agent_id in self._agents:
            self._use(client_id, agent_id, "refresh")
        for client_id in self._own:
            self._use(client_id, None, "client_credentials")

    def _use(self, client_id: str, agent_id: str | None, otherwise: str) -> None:
        """Call with the newest token; one that has run out is renewed. Who has no new one goes on with the old."""
        try:
            self._sandbox.integrate(self._account_id, client_id, "use", agent_id=agent_id)
        except SandboxError as error:
            if error.error.get("code") == _NONE_YET and agent_id is not None:
                return
        else:
            return
        try:
            self._sandbox.integrate(self._account_id, client_id, otherwise, agent_id=agent_id)
        except SandboxError:
            return  # Its authorization has ended: an agent would have to authorize again.

    def _collect(self, client_id: str, secret: str) -> None:
        waiting = self._post(client_id, secret, {})
        for one in [] if waiting is None else waiting["waiting"]:
            token = self._post(client_id, secret, {"reissue_id": one["reissue_id"]})
            if token is None:
                continue
            held = {"access_token": token["access_token"], "refresh_token": token.get("refresh_token")}
            self._sandbox.integrate(self._account_id, client_id, "keep", **held)
            self._post(client_id, secret, {"reissue_id": one["reissue_id"], "acknowledge": "true"})

    def _post(self, client_id: str, secret: str, fields: Mapping[str, str]) -> dict[str, Any] | None:
        """Ask as docs/tokens.md says (RFC 6749, 2.3.1: both parts of the authentication are form-encoded)."""
        headers = urllib3.make_headers(basic_auth=f"{quote(client_id, safe='')}:{quote(secret, safe='')}")
        answer = self._http.request(
            "POST", self._collect_at, body=urlencode(fields), headers={**headers, "content-type": _FORM}
        )
        if answer.status != HTTPStatus.OK:
            return None
        found: dict[str, Any] = json.loads(answer.data)
        return found
