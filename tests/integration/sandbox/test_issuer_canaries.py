"""No secret, code or token is in anything that the sandbox leaves behind."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from authlib.integrations.requests_client import OAuth2Session

from infra.local.players.agents import Agents, Invitation
from infra.local.sandbox.client import Sandbox
from tests.integration.sandbox.oauth_scene import ACCOUNT, query_of, seeded
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_oauth import CALLBACK, access, example_oauth, secret

if TYPE_CHECKING:
    import pytest

    from tests.integration.sandbox.contract_check import ContractCheck

VERIFIER = "canary-verifier-" + "v" * 43


def test_nothing_of_what_was_issued_is_left_behind(
    contract: ContractCheck, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    values = [secret("crm"), VERIFIER]
    with Sandbox() as sandbox:
        scene = seeded(sandbox, contract)
        with OAuth2Session(
            "crm", secret("crm"), redirect_uri=CALLBACK, scope="read", code_challenge_method="S256"
        ) as session:
            address, _ = session.create_authorization_url(scene.endpoint("authorize"), code_verifier=VERIFIER)
            answer = query_of(scene.decide(address))
            made = session.fetch_token(scene.endpoint("token"), code=answer["code"], code_verifier=VERIFIER)
            again = session.refresh_token(scene.endpoint("token"))
        for each in (made, again):
            values += [each["access_token"], each["refresh_token"]]
        values += [answer["code"], sandbox.entrust(ACCOUNT, "crm"), access("t-3")]
        scene.whoami(access("t-3"))
        scene.whoami("canary-access-unknown")
        scene.post("token", {"grant_type": "authorization_code", "code": "canary-code", "client_id": "canary"})
        scene.post("revoke", {"token": "canary-token"}, "Basic canary")
        with contextlib.closing(Agents(sandbox.integrations(ACCOUNT))) as agents:
            agents.follow(Invitation("ann", "https://crm.example/start"), "accept")
        told: list[object] = [sandbox.integrate(ACCOUNT, "crm", "refresh", agent_id="ann")]
        sandbox.dump(ACCOUNT, tmp_path)
        told += [sandbox.state(ACCOUNT), sandbox.calls(ACCOUNT), sandbox.integrations(ACCOUNT)]
        lists = ("/oauth/grants", "/oauth/clients")
        told += [scene.platform.list_all(each) for each in lists] + [scene.tokens("crm", "ann")]
    written = "".join(each.read_text("utf-8") for each in tmp_path.rglob("*") if each.is_file())
    printed = capfd.readouterr()
    left = json.dumps(told) + written + printed.out + printed.err
    assert "oauth.json" in {each.name for each in tmp_path.iterdir()}
    assert [each for each in [*values, "canary"] if each in left] == []


def test_authlib_logs_no_token_even_where_everything_is_logged() -> None:
    """It does so at debug level, by itself; here in a process of its own, in which all of that is on."""
    program = """
import json, logging, sys
logging.basicConfig(level=logging.DEBUG)
from infra.local.sandbox.account import Account
from infra.local.sandbox.export import parse_export
from infra.local.sandbox.integrations import ask_for_own
account = Account.of(parse_export(json.load(sys.stdin)), "token", "whsec_c2VjcmV0", {"{sandbox}": "http://127.0.0.1"})
ask_for_own(account, "export")
logging.getLogger("here").debug("heard")
print(account.integrations.held["export", None][0].access)
"""
    root = Path(__file__).parents[3]
    ran = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-c", program],
        input=json.dumps({**example_export(ACCOUNT), "oauth": example_oauth()}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert "heard" in ran.stderr
    assert len(ran.stdout.strip()) == 43
    assert ran.stdout.strip() not in ran.stderr
