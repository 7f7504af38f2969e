"""Integrations that are real OAuth clients (Authlib, requests-oauthlib), over HTTP, through the local stack."""

import pytest
from authlib.integrations.requests_client import OAuth2Session
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session as RequestsSession

from tests.acceptance.z.conftest import MakeReissuing
from tests.support.authorizing import Authorizing
from tests.support.reissuing import COMMIT_WINDOW, CRM, DIALER, EXPORT, Reissuing, later

VERIFIER = "v" * 43


@pytest.fixture(autouse=True)
def _loopback_is_not_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def redirect(one: Reissuing, client_id: str) -> str:
    """Give an integration's own redirect address."""
    found = next(each for each in one.sandbox.integrations(one.id) if each["client_id"] == client_id)
    return found["redirect_uris"][0]


@pytest.mark.requirement("Z-18")
def test_direct_with_authlib(reissuing: MakeReissuing) -> None:
    one = reissuing()
    issuer = one.sandbox.issuer(one.id)
    one.ask(CRM, "eve")
    with OAuth2Session(
        CRM, f"exported-{CRM}", redirect_uri=redirect(one, CRM), scope="read write", code_challenge_method="S256"
    ) as session:
        address, _ = session.create_authorization_url(f"{issuer}/authorize", code_verifier=VERIFIER)
        answer = Authorizing(one, address, "").authorized("eve").address
        session.fetch_token(f"{issuer}/token", authorization_response=answer, code_verifier=VERIFIER)
        assert session.get(f"{issuer}/whoami").json()["agent_id"] == "eve"
        one.watch()
        assert one.of(CRM, "eve").status == "verified"
        session.refresh_token(f"{issuer}/token")  # the client refreshes; deskshift never does
        used = session.get(f"{issuer}/whoami").json()["token_id"]
        one.watch()
        assert one.of(CRM, "eve").successor == used
        with later(COMMIT_WINDOW):
            one.retire()
        assert (one.of(CRM, "eve").status, one.of(CRM, "eve").old_token) == ("confirmed", "retired")
        assert session.get(f"{issuer}/whoami").status_code == 200


@pytest.mark.requirement("Z-18")
def test_brokered_with_requests_oauthlib(reissuing: MakeReissuing) -> None:
    one = reissuing()
    issuer = one.sandbox.issuer(one.id)
    reissue = one.ask(DIALER, "ann")
    assert reissue is not None
    one.follow("ann")
    token = one.collect(reissue_id=reissue.reissue_id).json
    assert token["token_type"].lower() == "bearer"
    with RequestsSession(DIALER, token=token) as session:
        assert session.get(f"{issuer}/whoami").json()["agent_id"] == "ann"
        renewed = session.refresh_token(f"{issuer}/token", auth=(DIALER, one.secret))
        assert renewed["access_token"] != token["access_token"]
        used = session.get(f"{issuer}/whoami").json()["token_id"]
    one.collect(reissue_id=reissue.reissue_id, acknowledge="true")
    one.watch()
    assert (one.of(DIALER, "ann").status, one.of(DIALER, "ann").successor) == ("collected", used)
    with later(COMMIT_WINDOW):
        one.retire()
    assert (one.of(DIALER, "ann").status, one.of(DIALER, "ann").old_token) == ("confirmed", "retired")


@pytest.mark.requirement("Z-18")
def test_machine_with_requests_oauthlib(reissuing: MakeReissuing) -> None:
    one = reissuing()
    issuer = one.sandbox.issuer(one.id)
    one.ask(EXPORT)
    own = BackendApplicationClient(client_id=EXPORT, scope=["read", "write"])
    with RequestsSession(client=own) as session:
        session.fetch_token(f"{issuer}/token", client_secret=f"exported-{EXPORT}")
        assert session.get(f"{issuer}/whoami").json()["client_id"] == EXPORT
    one.watch()
    assert one.of(EXPORT).status == "verified"
