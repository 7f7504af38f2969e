"""The sandbox's OAuth clients, grants and tokens over the contract; each call is checked against the OpenAPI file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import urllib3

from infra.local.sandbox.export import parse_export
from infra.local.sandbox.faults import unfired
from tests.integration.sandbox.oauth_scene import ACCOUNT, DESKSHIFT
from tests.integration.sandbox.platform_client import SECRET, Platform
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_oauth import CALLBACK, access, example_oauth, secret

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.sandbox.oauth_scene import Scene


def test_clients_are_the_exports_without_their_secrets(scene: Scene) -> None:
    listed = scene.platform.list_all("/oauth/clients", limit="2")
    assert [each["id"] for each in listed] == ["app", "crm", "dialer", "export", "widget"]
    crm = listed[1]
    exported = example_oauth()["clients"][0]
    del exported["secret_sha256"]
    assert crm == exported
    assert listed[2]["redirect_uris"] == [
        f"{scene.sandbox.url}/integrations/acme/dialer/callback",
        f"{DESKSHIFT}/oauth/callback",
    ]
    assert listed[2]["authorization_start"] == f"{scene.sandbox.url}/integrations/acme/dialer/start"


def test_a_clients_document_stays_the_same_byte_for_byte(scene: Scene) -> None:
    before = scene.platform.get("/oauth/clients/crm").data
    scene.platform.delete("/oauth/tokens/t-2")
    scene.sandbox.entrust(ACCOUNT, "crm")
    assert scene.platform.get("/oauth/clients/crm").data == before
    assert scene.platform.get("/oauth/clients/nobody").code == "not_found"


def test_grants_are_all_listed_with_their_tokens_in_force(scene: Scene) -> None:
    listed = scene.platform.list_all("/oauth/grants", limit="2")
    assert [(each["client_id"], each["agent_id"], [token["id"] for token in each["tokens"]]) for each in listed] == [
        ("app", "bob", ["t-4"]),
        ("crm", "ann", ["t-2"]),
        ("crm", "bob", ["t-3"]),
        ("export", None, ["t-5"]),
        ("widget", "bob", []),
    ]
    assert listed[1]["scopes"] == ["read", "write"]


def test_tokens_of_a_grant_are_listed_when_they_are_over_too(scene: Scene) -> None:
    assert {key: (each["revoked"], each["scopes"]) for key, each in scene.tokens("crm", "ann").items()} == {
        "t-0": (False, ["read", "write"]),
        "t-1": (True, ["read"]),
        "t-2": (False, ["read", "write"]),
    }
    assert list(scene.tokens("export", None)) == ["t-5"]
    assert scene.tokens("crm", "eve") == {}
    first = scene.platform.get("/oauth/tokens", client_id="crm", agent_id="ann", limit="1").json
    mixed = {"client_id": "crm", "agent_id": "bob", "cursor": first["next_cursor"]}
    assert scene.platform.get("/oauth/tokens", **mixed).code == "invalid_cursor"


def test_revoking_one_leaves_the_others_and_twice_is_fine(scene: Scene) -> None:
    assert scene.whoami(access("t-3")).status == 200
    for _ in range(2):
        assert scene.platform.delete("/oauth/tokens/t-2").status == 204
    assert scene.platform.delete("/oauth/tokens/t-99").code == "not_found"
    assert [scene.whoami(access(each)).status for each in ("t-2", "t-3")] == [401, 200]


def test_a_use_is_seen_and_listing_or_asking_is_none(scene: Scene) -> None:
    assert scene.tokens("crm", "bob")["t-3"]["last_used_at"] is None
    asked = {"token": access("t-3"), "client_id": "crm", "client_secret": secret("crm")}
    assert scene.post("introspect", asked).json["jti"] == "t-3"
    assert scene.tokens("crm", "bob")["t-3"]["last_used_at"] is None
    scene.whoami(access("t-3"))
    assert scene.tokens("crm", "bob")["t-3"]["last_used_at"] is not None


def test_a_scope_is_needed_to_list_and_to_revoke(scene: Scene) -> None:
    scene.sandbox.set_options(ACCOUNT, scopes=["oauth.read"])
    assert scene.platform.get("/oauth/grants").status == 200
    assert scene.platform.delete("/oauth/tokens/t-2").code == "missing_scope"
    stranger = Platform(scene.sandbox, ACCOUNT, "another", scene.platform.contract)
    assert stranger.get("/oauth/grants").status == 401
    scene.sandbox.set_options(ACCOUNT, scopes=[])
    assert scene.platform.get("/oauth/clients").code == "missing_scope"


@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("429", 429)])
def test_faults_come_at_the_token_endpoint_and_have_no_effect(scene: Scene, fault: str, status: int) -> None:
    scene.sandbox.faults(ACCOUNT, f"{fault}=0.9")
    assert _own_token(scene) == status
    scene.sandbox.faults(ACCOUNT, "")
    assert list(scene.tokens("export", None)) == ["t-5"]


def test_a_lost_answer_of_the_token_endpoint_leaves_a_token(scene: Scene) -> None:
    scene.sandbox.faults(ACCOUNT, "lost_response=0.9")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        _own_token(scene)
    assert unfired(scene.sandbox.fault_counts(ACCOUNT)) == []
    scene.sandbox.faults(ACCOUNT, "")
    assert len(scene.tokens("export", None)) == 2
    assert scene.sandbox.calls(ACCOUNT)[-2]["path"] == "/v1/issuers/{account_id}/token"


def test_a_lost_answer_to_a_revocation_has_revoked(scene: Scene) -> None:
    scene.sandbox.faults(ACCOUNT, "lost_response=0.9")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        scene.platform.delete("/oauth/tokens/t-2")
    scene.sandbox.faults(ACCOUNT, "")
    assert scene.tokens("crm", "ann")["t-2"]["revoked"]


def test_an_agents_pages_meet_no_faults(scene: Scene) -> None:
    scene.sandbox.faults(ACCOUNT, "500=0.9")
    asked = f"response_type=code&client_id=crm&redirect_uri={CALLBACK.replace('?', '%3F').replace('=', '%3D')}&state=s"
    assert "code=" in scene.decide(f"{scene.endpoint('authorize')}?{asked}")
    assert scene.sandbox.calls(ACCOUNT) == []


def test_what_is_dumped_can_be_loaded_again(scene: Scene, tmp_path: Path) -> None:
    assert _own_token(scene) == 200
    dumped = scene.platform.dump(tmp_path)["oauth.json"]
    again = parse_export({**example_export(), "oauth": dumped})
    assert again.warnings == ()
    assert again.oauth is not None
    assert len(again.oauth.grants) == len(example_oauth()["grants"])


def test_an_account_without_oauth_has_none_and_writes_none(platform: Platform, tmp_path: Path) -> None:
    assert platform.list_all("/oauth/clients") == platform.list_all("/oauth/grants") == []
    assert "oauth.json" not in platform.dump(tmp_path)


def test_an_unknown_account_has_no_issuer(scene: Scene) -> None:
    with urllib3.PoolManager(retries=False) as pool:
        missing = pool.request("POST", f"{scene.sandbox.api_url}/issuers/nobody/token")
    assert missing.status == 404


def test_agents_may_have_a_language(scene: Scene) -> None:
    agents = [{**each, "locale": "de"} if each["id"] == "bob" else each for each in example_export()["agents"]]
    export = {**example_export(ACCOUNT), "agents": agents}
    scene.sandbox.add_account(export, token="token-issuer", webhook_secret=SECRET)
    assert [each.get("locale") for each in scene.platform.list_all("/agents")] == [None, "de", None]


def _own_token(scene: Scene) -> int:
    form = {"grant_type": "client_credentials", "client_id": "export", "client_secret": secret("export")}
    return scene.post("token", form).status
