"""The integrations and the people that the sandbox plays, over HTTP."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
import urllib3

from infra.cli.sample_account import ACCOUNT_ID as SAMPLE
from infra.cli.sample_account import sample_account
from infra.local.players.agents import Agents, Invitation
from infra.local.players.browser import Browser, TooManyRedirects
from infra.local.players.fractions import parse_fractions
from infra.local.sandbox.client import SandboxError
from tests.integration.sandbox.oauth_scene import ACCOUNT
from tests.integration.sandbox.platform_client import SECRET, Platform
from tests.unit.sandbox.example_account import agent, example_export
from tests.unit.sandbox.example_oauth import CALLBACK, access, example_oauth, grant, refresh, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.sandbox.client import Sandbox
    from tests.integration.sandbox.contract_check import ContractCheck
    from tests.integration.sandbox.oauth_scene import Scene

START = "https://crm.example/start"


@pytest.fixture
def agents(scene: Scene) -> Iterator[Agents]:
    with contextlib.closing(Agents(scene.sandbox.integrations(ACCOUNT))) as played:
        yield played


def test_who_accepts_is_connected_and_the_integration_has_used_its_token(scene: Scene, agents: Agents) -> None:
    played = agents.follow(Invitation("ann", START), "accept")
    assert (played.ended, played.status) == ("connected", 200)
    made = scene.tokens("crm", "ann")["issued-000001"]
    assert made["last_used_at"] >= made["created_at"]
    assert not scene.tokens("crm", "ann")["t-2"]["revoked"]


def test_who_declines_or_ignores_leaves_everything_as_it_was(scene: Scene, agents: Agents) -> None:
    before = scene.platform.list_all("/oauth/grants")
    assert agents.follow(Invitation("ann", START), "decline").ended == "declined"
    assert agents.follow(Invitation("bob", START), "ignore").ended == "ignored"
    assert scene.platform.list_all("/oauth/grants") == before


def test_the_wrong_person_gets_a_token_of_their_own(scene: Scene, agents: Agents) -> None:
    assert agents.follow(Invitation("bob", START, logs_in_as="eve"), "accept").ended == "connected"
    assert list(scene.tokens("crm", "eve")) == ["issued-000001"]
    assert list(scene.tokens("crm", "bob")) == ["t-3"]


def test_people_do_not_share_their_cookies(scene: Scene, agents: Agents) -> None:
    for each in ("ann", "bob", "ann"):
        assert agents.follow(Invitation(each, START), "accept").ended == "connected"
    assert len(scene.tokens("crm", "ann")) == 5
    assert len(scene.tokens("crm", "bob")) == 2


def test_an_integration_uses_refreshes_and_asks_for_its_own(scene: Scene, agents: Agents) -> None:
    agents.follow(Invitation("ann", START), "accept")
    first = scene.tokens("crm", "ann")["issued-000001"]
    assert scene.sandbox.integrate(ACCOUNT, "crm", "use", agent_id="ann")["token_id"] == "issued-000001"
    assert scene.tokens("crm", "ann")["issued-000001"]["last_used_at"] >= first["last_used_at"]
    refreshed = scene.sandbox.integrate(ACCOUNT, "crm", "refresh", agent_id="ann")
    assert (refreshed["token_id"], refreshed["agent_id"]) == ("issued-000002", "ann")
    assert scene.tokens("crm", "ann")["issued-000001"]["revoked"]
    assert scene.sandbox.integrate(ACCOUNT, "crm", "use", agent_id="ann")["token_id"] == "issued-000002"
    assert scene.sandbox.integrate(ACCOUNT, "export", "client_credentials")["agent_id"] is None
    assert len(scene.tokens("export", None)) == 2


def test_an_integration_keeps_what_it_has_collected(scene: Scene) -> None:
    held = {"access_token": access("t-2"), "refresh_token": refresh("t-2")}
    assert scene.sandbox.integrate(ACCOUNT, "crm", "keep", **held)["agent_id"] == "ann"
    assert scene.sandbox.integrate(ACCOUNT, "crm", "refresh", agent_id="ann")["token_id"] == "issued-000001"
    assert scene.tokens("crm", "ann")["t-2"]["revoked"]
    with pytest.raises(SandboxError) as refused:
        scene.sandbox.integrate(ACCOUNT, "dialer", "keep", access_token=access("t-3"))
    assert refused.value.error["code"] == "another_client"


def test_an_integration_may_use_a_token_from_before(scene: Scene) -> None:
    used = scene.sandbox.integrate(ACCOUNT, "crm", "use", agent_id="bob", token_id="t-3")
    assert used["token_id"] == "t-3"
    assert scene.tokens("crm", "bob")["t-3"]["last_used_at"] is not None


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (("crm", "use", {"agent_id": "ann"}), "no_token"),
        (("crm", "use", {"token_id": "t-1"}), "unauthorized"),
        (("crm", "use", {"token_id": "t-99"}), "unauthorized"),
        (("crm", "refresh", {"agent_id": "ann"}), "no_token"),
        (("crm", "client_credentials", {}), "unauthorized_client"),
        (("nobody", "client_credentials", {}), "not_found"),
    ],
)
def test_what_an_integration_cannot_do_is_said(scene: Scene, deed: tuple[str, str, dict[str, str]], code: str) -> None:
    client_id, do, facts = deed
    with pytest.raises(SandboxError) as refused:
        scene.sandbox.integrate(ACCOUNT, client_id, do, **facts)
    assert refused.value.error["code"] == code


def test_a_token_that_was_revoked_is_of_no_use_to_its_integration(scene: Scene, agents: Agents) -> None:
    agents.follow(Invitation("ann", START), "accept")
    scene.platform.delete("/oauth/tokens/issued-000001")
    for do, code in (("use", "unauthorized"), ("refresh", "invalid_grant")):
        with pytest.raises(SandboxError) as refused:
            scene.sandbox.integrate(ACCOUNT, "crm", do, agent_id="ann")
        assert refused.value.error["code"] == code


def test_an_integration_takes_no_answer_that_it_did_not_ask_for(scene: Scene) -> None:
    base = f"{scene.sandbox.url}/integrations/{ACCOUNT}"
    with urllib3.PoolManager(retries=False) as pool:
        begun = pool.request("GET", f"{base}/crm/start", redirect=False).headers["location"]
        state = begun.partition("state=")[2].partition("&")[0]
        for answer, said in (
            ("state=made-up&code=c", b"unknown_state"),
            (f"state={state}&code=c&iss=https://evil.example", b"another_issuer"),
            (f"state={state}&code=c", b"unknown_state"),
            ("state=s&error=%3Cscript%3E", b"unknown_state"),
        ):
            shown = pool.request("GET", f"{base}/crm/callback?{answer}")
            assert shown.status == 400
            assert said in shown.data
        other = pool.request("GET", f"{base}/nobody/start")
        assert (other.status, pool.request("GET", f"{base}/export/start").status) == (404, 404)


def test_two_hundred_agents_by_fractions_are_each_accounted_for(sandbox: Sandbox, contract: ContractCheck) -> None:
    people = [f"agent-{number}" for number in range(200)]
    export = {
        **example_export("many"),
        "agents": [*example_export()["agents"], *(agent(each, "agent") for each in people)],
        "oauth": {**example_oauth(), "grants": [grant("crm", each, token(f"old-{each}")) for each in people]},
    }
    sandbox.add_account(export, token="token-many", webhook_secret=SECRET)
    with contextlib.closing(Agents(sandbox.integrations("many"))) as agents:
        invited = [Invitation(each, START) for each in people]
        played = agents.play(invited, parse_fractions("accept=0.8,decline=0.1,ignore=0.1"), seed=7)
    assert [each.agent_id for each in played] == people
    ended = [each.ended for each in played]
    assert [ended.count(each) for each in ("connected", "declined", "ignored")] == [160, 20, 20]
    grants = Platform(sandbox, "many", "token-many", contract).list_all("/oauth/grants")
    accepted = {each.agent_id for each in played if each.choice == "accept"}
    assert {each["agent_id"] for each in grants if len(each["tokens"]) == 2} == accepted
    assert len(grants) == 200
    sandbox.remove_account("many")


def test_clients_that_share_a_redirect_address_are_told_apart_by_the_state(sandbox: Sandbox) -> None:
    export = {**example_export("shared"), "oauth": example_oauth()}
    crm, app, *_ = export["oauth"]["clients"]
    app.update(redirect_uris=[f"{crm['redirect_uris'][0]}&app"], authorization_start="https://app.example/start")
    sandbox.add_account(export, token="token-shared", webhook_secret=SECRET)
    with contextlib.closing(Agents(sandbox.integrations("shared"))) as agents:
        for start in (START, app["authorization_start"]):
            assert agents.follow(Invitation("ann", start), "accept").ended == "connected"
    for client_id in ("crm", "app"):
        assert sandbox.integrate("shared", client_id, "use", agent_id="ann")["client_id"] == client_id
    sandbox.remove_account("shared")


def test_the_samples_links_open_without_being_led_elsewhere(sandbox: Sandbox) -> None:
    sandbox.add_account(
        sample_account(1), token="token-sample", webhook_secret=SECRET, deskshift_url="http://127.0.0.1:9"
    )
    links = {each["client_id"]: each["authorization_start"] for each in sandbox.integrations(SAMPLE)}
    with contextlib.closing(Agents([])) as agents:
        for client_id in ("sample-crm", "sample-mobile", "sample-dialer"):
            link = links[client_id]
            assert link is not None
            assert agents.follow(Invitation("sample-agent-1", link), "accept").ended == "connected"
    sandbox.remove_account(SAMPLE)


def test_a_browser_gives_up_where_it_is_led_in_circles(scene: Scene) -> None:
    base = f"{scene.sandbox.url}/integrations/{ACCOUNT}/crm"
    # The authorization page is found at the integration's start again.
    circle = {f"{scene.issuer}/authorize": f"{base}/start"}
    with urllib3.PoolManager(retries=False) as pool, pytest.raises(TooManyRedirects):
        Browser(pool, circle).open(f"{base}/start")


def test_a_page_without_a_way_on_is_the_end(scene: Scene, agents: Agents) -> None:
    assert agents.follow(Invitation("ann", f"{scene.sandbox.url}/nowhere"), "accept").ended == "lost"
    wrong = f"{scene.endpoint('authorize')}?client_id=crm&redirect_uri={CALLBACK}x&response_type=code"
    assert agents.follow(Invitation("ann", wrong), "accept").status == 400
