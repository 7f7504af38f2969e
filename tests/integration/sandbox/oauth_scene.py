"""An account with an issuer, and a person who decides in a browser: for tests that are the integration themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import urllib3

from tests.integration.sandbox.platform_client import SECRET, Platform
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_oauth import example_oauth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.sandbox.client import Sandbox
    from tests.integration.sandbox.contract_check import ContractCheck

DESKSHIFT = "https://deskshift.example"
ACCOUNT = "acme"


@dataclass(frozen=True)
class Reply:
    """What the issuer answered to a form."""

    status: int
    data: bytes
    headers: urllib3.HTTPHeaderDict

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        return json.loads(self.data)


@dataclass
class Scene:
    """The account over HTTP: its contract, its issuer's endpoints, and people at its pages."""

    sandbox: Sandbox
    platform: Platform

    @property
    def issuer(self) -> str:
        return self.sandbox.issuer(ACCOUNT)

    def endpoint(self, name: str) -> str:
        return f"{self.issuer}/{name}"

    def post(self, name: str, fields: Mapping[str, str], authorization: str = "") -> Reply:
        """Send a form to one of the issuer's endpoints."""
        headers = {"Authorization": authorization} if authorization else {}
        with urllib3.PoolManager(retries=False, timeout=10) as pool:
            got = pool.request_encode_body(
                "POST", self.endpoint(name), fields=dict(fields), encode_multipart=False, headers=headers
            )
        return Reply(got.status, got.data, got.headers)

    def whoami(self, access: str) -> Reply:
        with urllib3.PoolManager(retries=False, timeout=10) as pool:
            got = pool.request("GET", self.endpoint("whoami"), headers={"Authorization": f"Bearer {access}"})
        return Reply(got.status, got.data, got.headers)

    def decide(self, address: str, agent_id: str = "ann", decision: str = "accept") -> str:
        """Let an agent log in and decide; return the address that their browser is sent to."""
        with urllib3.PoolManager(retries=False, timeout=10) as pool:

            def post(to: str, fields: dict[str, str], cookie: str = "") -> urllib3.BaseHTTPResponse:
                headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
                return pool.request("POST", to, body=urlencode(fields), headers=headers, redirect=False)

            shown = pool.request("GET", address, redirect=False)
            if shown.status == 302:
                return str(shown.headers["location"])
            assert shown.status == 200, shown.data
            assert b"Who are you?" in shown.data
            logged_in = post(address.replace("/authorize?", "/login?"), {"agent_id": agent_id})
            assert logged_in.status == 303, logged_in.data
            cookie = logged_in.headers["set-cookie"].split(";")[0]
            again = urljoin(address, logged_in.headers["location"])
            consent = pool.request("GET", again, headers={"Cookie": cookie})
            assert b"use your account?" in consent.data
            decided = post(again, {"decision": decision}, cookie)
            assert decided.status == 302, decided.data
            return str(decided.headers["location"])

    def tokens(self, client_id: str, agent_id: str | None) -> dict[str, Any]:
        asked = {"client_id": client_id} | ({} if agent_id is None else {"agent_id": agent_id})
        return {each["id"]: each for each in self.platform.list_all("/oauth/tokens", **asked)}


def seeded(sandbox: Sandbox, contract: ContractCheck) -> Scene:
    """Return the scene with the example's clients and grants."""
    export = {**example_export(ACCOUNT), "oauth": example_oauth()}
    sandbox.add_account(export, token="token-issuer", webhook_secret=SECRET, deskshift_url=DESKSHIFT)
    return Scene(sandbox, Platform(sandbox, ACCOUNT, "token-issuer", contract))


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address, each of which is there once."""
    parts = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in parts.values()), parts.keys()
    return {name: values[0] for name, values in parts.items()}
