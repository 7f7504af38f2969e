"""Real OAuth clients against the sandbox's issuer, over HTTP."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import urllib3
from authlib.integrations.requests_client import OAuth2Session
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session as RequestsSession

from tests.integration.sandbox.oauth_scene import query_of
from tests.unit.sandbox.example_oauth import APP_CALLBACK, CALLBACK, secret

if TYPE_CHECKING:
    from tests.integration.sandbox.oauth_scene import Scene

VERIFIER = "v" * 43
CRM = {"client_id": "crm", "client_secret": secret("crm")}
OWN = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def _loopback_is_not_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_gets_uses_refreshes_and_revokes_a_token(scene: Scene, method: str) -> None:
    with OAuth2Session(
        "crm",
        secret("crm"),
        token_endpoint_auth_method=method,
        redirect_uri=CALLBACK,
        scope="read write",
        code_challenge_method="S256",
    ) as session:
        address, state = session.create_authorization_url(scene.endpoint("authorize"), code_verifier=VERIFIER)
        answer = scene.decide(address)
        assert answer.startswith("https://crm.example/callback?tenant=1&")
        assert query_of(answer).keys() == {"tenant", "code", "state", "iss"}
        assert query_of(answer)["iss"] == scene.issuer
        assert query_of(answer)["state"] == state
        first = session.fetch_token(scene.endpoint("token"), authorization_response=answer, code_verifier=VERIFIER)
        assert (first["scope"], first["token_type"]) == ("read write", "Bearer")
        whose = scene.whoami(first["access_token"])
        assert (whose.json["agent_id"], whose.json["client_id"]) == ("ann", "crm")
        assert session.introspect_token(scene.endpoint("introspect"), first["access_token"]).json()["sub"] == "ann"

        second = session.refresh_token(scene.endpoint("token"))
        assert second["refresh_token"] != first["refresh_token"]
        assert scene.whoami(first["access_token"]).status == 401
        assert scene.whoami(second["access_token"]).status == 200
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        reused = scene.post("token", form | CRM)
        assert (reused.status, reused.json["error"]) == (400, "invalid_grant")

        revoked = session.revoke_token(scene.endpoint("revoke"), second["refresh_token"])  # type: ignore[no-untyped-call]
        assert revoked.status_code == 200
        assert scene.whoami(second["access_token"]).status == 401
        told = session.introspect_token(scene.endpoint("introspect"), second["access_token"])
        assert told.json() == {"active": False}
    assert not scene.tokens("crm", "ann")["t-2"]["revoked"]


def test_requests_oauthlib_as_a_public_client_with_pkce(scene: Scene) -> None:
    with RequestsSession("app", redirect_uri=APP_CALLBACK, scope=["read"], pkce="S256") as session:
        address, _ = session.authorization_url(scene.endpoint("authorize"))
        answer = scene.decide(address, "bob")
        token = session.fetch_token(scene.endpoint("token"), authorization_response=answer, include_client_id=True)
        assert scene.whoami(token["access_token"]).json["agent_id"] == "bob"
        again = session.refresh_token(scene.endpoint("token"), client_id="app")
    assert scene.whoami(again["access_token"]).json["scopes"] == ["read"]


def test_requests_oauthlib_with_client_credentials(scene: Scene) -> None:
    with RequestsSession(client=BackendApplicationClient("export", scope=["read"])) as session:
        token = session.fetch_token(scene.endpoint("token"), client_id="export", client_secret=secret("export"))
    assert "refresh_token" not in token
    whose = scene.whoami(token["access_token"]).json
    assert (whose["agent_id"], whose["scopes"]) == (None, ["read"])
    assert whose["token_id"] in scene.tokens("export", None)


def test_a_declined_authorization_says_so_and_who_says_it(scene: Scene) -> None:
    answer = query_of(scene.decide(_asked(scene), decision="decline"))
    assert (answer["error"], answer["iss"], answer["state"]) == ("access_denied", scene.issuer, "s")
    assert "code" not in answer


def test_a_refused_request_goes_back_only_to_the_clients_own_address(scene: Scene) -> None:
    wide = query_of(scene.decide(_asked(scene, scope="read admin")))
    assert (wide["error"], wide["iss"]) == ("invalid_scope", scene.issuer)
    plain = query_of(scene.decide(_asked(scene, code_challenge=VERIFIER, code_challenge_method="plain")))
    assert plain["error"] == "invalid_request"
    without = query_of(scene.decide(_asked(scene, code_challenge=VERIFIER, code_challenge_method="")))
    assert without["error"] == "invalid_request"
    bare = query_of(scene.decide(_asked(scene, "app", redirect_uri=APP_CALLBACK)))
    assert bare["error"] == "invalid_request"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://crm.example/callback",
        f"{CALLBACK}&more=1",
        "https://CRM.example/callback?tenant=1",
        "https://evil.example/callback?tenant=1",
        "",
    ],
)
def test_another_redirect_address_is_refused_where_the_agent_is(scene: Scene, redirect_uri: str) -> None:
    with pytest.raises(AssertionError, match="cannot be answered"):
        scene.decide(_asked(scene, redirect_uri=redirect_uri))


def test_an_unknown_client_and_one_without_codes_are_refused(scene: Scene) -> None:
    for client_id in ("nobody", "export"):
        with pytest.raises(AssertionError, match="cannot be answered"):
            scene.decide(_asked(scene, client_id))


WRONG = {
    "another verifier": ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
    "no verifier": ({"code_verifier": ""}, 400, "invalid_request"),
    "another redirect address": ({"redirect_uri": "https://crm.example/callback"}, 400, "invalid_grant"),
    "another code": ({"code": "made-up"}, 400, "invalid_grant"),
    "another secret": ({"client_secret": "made-up"}, 401, "invalid_client"),
    "another client's code": (
        {"client_id": "dialer", "client_secret": secret("dialer")},
        400,
        "invalid_grant",
    ),
    "a confidential client without its secret": ({"client_secret": ""}, 401, "invalid_client"),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_exchange_makes_no_token(scene: Scene, wrong: str) -> None:
    before = scene.tokens("crm", "ann")
    changes, status, code = WRONG[wrong]
    form = _exchange(_code(scene)) | changes
    refused = scene.post("token", form)
    assert (refused.status, refused.json["error"]) == (status, code)
    assert scene.tokens("crm", "ann") == before
    assert not scene.tokens("dialer", "ann")


def test_a_code_that_comes_again_takes_its_token_with_it(scene: Scene) -> None:
    form = _exchange(_code(scene))
    made = scene.post("token", form)
    assert made.headers["cache-control"] == "no-store"
    access = made.json["access_token"]
    stolen = form | {"client_id": "dialer", "client_secret": secret("dialer")}
    assert scene.post("token", stolen).json["error"] == "invalid_grant"
    assert scene.whoami(access).status == 200
    assert scene.post("token", form).json["error"] == "invalid_grant"
    assert scene.whoami(access).status == 401
    assert not scene.tokens("crm", "ann")["t-2"]["revoked"]


def test_basic_authentication_may_have_anything_in_it(scene: Scene) -> None:
    for raw in (b"crm", b"\xff\xfe:x", b":", f"nobody:{secret('crm')}".encode()):
        refused = scene.post("token", OWN, f"Basic {base64.b64encode(raw).decode()}")
        assert (refused.status, refused.json["error"]) in {(401, "invalid_client"), (400, "invalid_client")}
    assert scene.post("token", OWN, "Basic %%%").status in {400, 401}


def test_a_client_without_client_credentials_gets_none(scene: Scene) -> None:
    refused = scene.post("token", OWN | CRM)
    assert refused.json["error"] == "unauthorized_client"


def test_another_clients_token_is_not_active_and_not_revoked(scene: Scene) -> None:
    access = scene.post("token", _exchange(_code(scene))).json["access_token"]
    other = {"client_id": "dialer", "client_secret": secret("dialer"), "token": access}
    assert scene.post("introspect", other).json == {"active": False}
    assert scene.post("revoke", other).json["error"] == "invalid_grant"
    assert scene.whoami(access).status == 200


def test_an_agent_who_left_has_no_token(scene: Scene) -> None:
    form = _exchange(_code(scene, "bob"))
    access = scene.post("token", _exchange(_code(scene, "bob"))).json["access_token"]
    agents = [each for each in scene.platform.list_all("/agents") if each["id"] != "bob"]
    scene.sandbox.set_options(scene.platform.account, agents=agents)
    assert scene.post("token", form).json["error"] == "invalid_grant"
    assert scene.whoami(access).status == 401


def test_a_token_ends_by_itself_and_can_be_refreshed_until_its_refresh_token_ends(scene: Scene) -> None:
    made = scene.post("token", _exchange(_code(scene))).json
    _put_clock_forward(scene, made["expires_in"] + 60)
    assert scene.whoami(made["access_token"]).status == 401
    introspected = scene.post("introspect", CRM | {"token": made["access_token"]})
    assert introspected.json == {"active": False}
    refreshing = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"]} | CRM
    assert scene.post("introspect", CRM | {"token": made["refresh_token"]}).json["active"]
    _put_clock_forward(scene, 31 * 24 * 60 * 60)
    assert scene.post("token", refreshing).json["error"] == "invalid_grant"
    _put_clock_forward(scene, made["expires_in"] + 60)
    assert scene.whoami(scene.post("token", refreshing).json["access_token"]).status == 200


def test_a_code_ends_after_a_minute(scene: Scene) -> None:
    form = _exchange(_code(scene))
    _put_clock_forward(scene, 61)
    assert scene.post("token", form).json["error"] == "invalid_grant"
    _put_clock_forward(scene, 0)
    assert scene.post("token", form).status == 200


def test_the_lifetime_of_access_tokens_may_be_set(scene: Scene) -> None:
    scene.sandbox.set_options(scene.platform.account, access_token_seconds=300)
    assert scene.post("token", _exchange(_code(scene))).json["expires_in"] == 300


def test_no_parameter_may_be_there_twice(scene: Scene) -> None:
    form = [*_exchange(_code(scene)).items(), ("code", "another")]
    with urllib3.PoolManager(retries=False) as pool:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        refused = pool.request("POST", scene.endpoint("token"), body=urlencode(form), headers=headers)
    assert refused.status == 400
    assert not scene.tokens("dialer", "ann")


def _put_clock_forward(scene: Scene, seconds: int) -> None:
    scene.sandbox.set_options(scene.platform.account, issuer_ahead_seconds=seconds)


def _asked(scene: Scene, client_id: str = "crm", **changes: str) -> str:
    with OAuth2Session(client_id, redirect_uri=CALLBACK, scope="read") as session:
        asked = {"redirect_uri": CALLBACK, "scope": "read", "state": "s"} | changes
        address, _ = session.create_authorization_url(scene.endpoint("authorize"), **asked)
    return str(address)


def _code(scene: Scene, agent_id: str = "ann") -> str:
    with OAuth2Session("crm", redirect_uri=CALLBACK, scope="read", code_challenge_method="S256") as session:
        address, _ = session.create_authorization_url(scene.endpoint("authorize"), code_verifier=VERIFIER)
    return query_of(scene.decide(address, agent_id))["code"]


def _exchange(code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **CRM,
    }
