"""Authorizations that are not what was begun: each is refused with its reason, and nothing leaks or is revoked."""

from contextlib import nullcontext
from datetime import timedelta
from html import escape
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.domain.tokens.callback import hashed
from deskshift.model.errors import VendorUnavailable
from deskshift.store.connections import Connections
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.authorizing import Authorizing, disturbed, disturbed_exchange, led_to, opened, pressed
from tests.support.aws_outage import outage
from tests.support.reissuing import CRM, DIALER, Answer, Reissuing, later

MINUTES = timedelta(minutes=1)


def begun(one: Reissuing, agent_id: str = "bob") -> Authorizing:
    """Let an agent authorize at the issuer; their browser has not come back yet."""
    one.ask(DIALER, agent_id)
    return Authorizing.begun(one, agent_id).authorized(agent_id)


def refused(one: Reissuing, answer: Answer, code: str, *also: str) -> None:
    """See that nothing was exchanged, that the log says why, and that neither page nor log shows a secret."""
    assert answer.status in {400, 404, 503}, answer.data
    logs = one.stack.logs("authorize_callback")
    assert f'"error_code":"{code}"' in logs.replace('": "', '":"')
    page = answer.data.decode()
    assert [secret for secret in (one.secret, *also) if secret in logs or secret in page] == []


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "another"}, "unknown_state"),
        ({"state": None}, "unknown_state"),
        ({"iss": "https://mallory.example"}, "another_issuer"),
        ({"iss": None}, "no_issuer"),
        ({"code": "another"}, "code_refused"),
        ({"code": None}, "not_authorized"),
    ],
)
def test_an_answer_that_was_changed_on_its_way(
    reissuing: MakeReissuing, changes: dict[str, str | None], code: str
) -> None:
    one = reissuing()
    before = one.in_force()
    at = begun(one)
    query = at.query
    answer = at.changed(**changes).back()
    refused(one, answer, code, query["code"], query["state"])
    assert one.in_force() == before
    assert (one.of(DIALER, "bob").status, one.of(DIALER, "bob").exchange_at) == ("invited", None)
    assert one.follow("bob").status == 200  # the agent begins anew
    assert one.of(DIALER, "bob").status == "verified"


def test_a_callback_that_is_replayed_calls_nothing(reissuing: MakeReissuing) -> None:
    one = reissuing()
    at = begun(one)
    first = at.back()
    assert first.status == 200
    assert "Max-Age=0" not in first.headers.get("set-cookie", "")  # else a browser could not load the page again
    before = len(one.account.calls("POST", "/v1/issuers/{account_id}/token"))
    state = one.in_force()
    for _ in range(2):
        again = at.back()
        assert (again.status, again.data) == (200, first.data)  # what is true still, in the agent's language
        assert '"error_code":"used_state"' in one.stack.logs("authorize_callback").replace('": "', '":"')
    assert len(one.account.calls("POST", "/v1/issuers/{account_id}/token")) == before
    assert one.in_force() == state
    assert one.of(DIALER, "bob").status == "verified"


def test_a_callback_that_comes_too_late(reissuing: MakeReissuing) -> None:
    one = reissuing()
    at = begun(one)
    with later(11 * MINUTES):
        refused(one, at.back(), "expired_state", at.query["code"])
    assert one.of(DIALER, "bob").status == "invited"


def test_a_callback_in_another_browser(reissuing: MakeReissuing) -> None:
    """An attacker has a victim's browser finish the attacker's authorization, or has caught the victim's answer."""
    one = reissuing()
    at, other = begun(one), begun(one, "ann")
    for cookie in ("", other.cookie, at.cookie.partition("=")[0] + "=guess"):
        answer = at.back(cookie)
        refused(one, answer, "another_browser", at.query["code"])
        assert "dialer" not in answer.data.decode()  # who did not begin is told nothing of it
    assert at.back().status == 200


def test_a_callback_at_another_accounts_address(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    at = begun(one)
    answer = at.changed(path=f"/oauth/{other.id}/callback").back()
    refused(one, answer, "another_redirect", at.query["code"])
    nobody = at.changed(path="/oauth/nobody/callback").back()
    assert nobody.status == 404
    assert at.back().status == 200


def test_another_accounts_code_is_refused_by_the_issuer(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    theirs = begun(other).query["code"]
    before = one.in_force() | other.in_force()
    refused(one, begun(one).changed(code=theirs).back(), "code_refused", theirs)
    assert one.in_force() | other.in_force() == before
    assert one.of(DIALER, "bob").status == "invited"


def test_a_verifier_that_was_put_in_the_place_of_anothers_is_not_used(reissuing: MakeReissuing) -> None:
    """Whoever writes to the table gets no code exchanged with a verifier of their own."""
    one = reissuing()
    mine, theirs = begun(one), begun(one, "ann")
    put_in(one, mine.query["state"], sealed_of(one, theirs.query["state"]))
    refused(one, mine.back(), "seal_broken", mine.query["code"])
    assert one.account.calls("POST", "/v1/issuers/{account_id}/token") == []
    assert theirs.back().status == 200


def key_of(state: str) -> dict[str, Any]:
    """Name what is kept of an authorization that was begun."""
    return {"key": {"S": f"session#{hashed(state)}"}}


def sealed_of(one: Reissuing, state: str) -> bytes:
    """Read the sealed verifier of an authorization."""
    table = one.stack.physical_id("CustodyTable")
    return bytes(one.stack.client("dynamodb").get_item(TableName=table, Key=key_of(state))["Item"]["sealed"]["B"])


def put_in(one: Reissuing, state: str, sealed: bytes) -> None:
    """Write another one in its place, as an attacker would."""
    one.stack.client("dynamodb").update_item(
        TableName=one.stack.physical_id("CustodyTable"),
        Key=key_of(state),
        UpdateExpression="SET sealed = :sealed",
        ExpressionAttributeValues={":sealed": {"B": sealed}},
    )


def test_a_declined_authorization_revokes_nothing(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    answer = Authorizing.begun(one, "bob").authorized("bob", "decline").back()
    refused(one, answer, "not_authorized")
    assert one.in_force() == before
    assert one.of(DIALER, "bob").status == "invited"


def test_what_is_asked_of_the_issuer_is_bound_to_this_authorization(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    first, second = Authorizing.begun(one, "bob"), Authorizing.begun(one, "bob")
    asked = first.query
    assert asked["redirect_uri"] == one.connection.callback
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "read write")
    assert {asked["state"], asked["code_challenge"]}.isdisjoint({second.query["state"], second.query["code_challenge"]})
    assert first.cookie.partition("=")[0] == f"oauth-{hashed(asked['state'])[:16]}"


def test_the_pages_load_nothing_and_send_nobody_elsewhere(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    link = one.links("bob")[0]
    page = opened(f"{link}&redirect=https://mallory.example&next=https://mallory.example")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert b"mallory" not in page.data
    assert b"<script" not in page.data
    cookie = pressed(one, "bob").headers["set-cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/oauth"))


def test_the_page_that_leads_on_to_the_issuer_is_no_redirect_and_alone_has_the_state(reissuing: MakeReissuing) -> None:
    """A browser holds a redirect after a form against `form-action 'self'`, and would go nowhere."""
    one = reissuing()
    one.ask(DIALER, "bob")
    answer = pressed(one, "bob")
    assert (answer.status, "location" in answer.headers) == (200, False)
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    address = led_to(answer)
    assert address.startswith(one.sandbox.issuer(one.id))
    html = answer.data.decode()
    assert html.count(escape(address)) == 2  # by itself, and by the link
    assert "<script" not in html
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert state not in "".join(answer.headers.values()) + one.stack.logs("authorize_start")
    assert one.follow("bob").status == 200  # as a browser without JavaScript goes
    assert one.of(DIALER, "bob").status == "verified"


@pytest.mark.parametrize("key", ["", "key=", "key=guess", "key=a&key=b", "key=%00", "key=%ff"])
def test_a_link_that_is_guessed_opens_nothing(reissuing: MakeReissuing, key: str) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    page = opened(f"{one.links('bob')[0].partition('?')[0]}?{key}", **{"accept-language": "pl-PL,pl;q=0.8"})
    assert page.status == 404
    assert "Ten link" in page.data.decode()
    assert one.of(DIALER, "bob").status == "invited"


def test_other_methods_are_answered_in_https_words(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    link = one.links("bob")[0]
    head = opened(link, method="HEAD")
    assert (head.status, head.data) == (200, b"")  # a mail's scanner looks so
    assert opened(link[:-1], method="HEAD").status == 404
    got = opened(f"{one.stack.http_url}/oauth/{one.id}/tokens")
    assert (got.status, got.headers["allow"]) == (405, "POST")
    wrong = one.collect(reissue_id=one.of(DIALER, "bob").reissue_id, acknowledge="yes")
    assert (wrong.status, wrong.json["error"]) == (400, "invalid_request")
    assert wrong.json["error_description"].startswith("acknowledge: found")


@pytest.mark.parametrize("secret", ["", "guess", "exported-dialer-", "ü"])
def test_who_is_not_the_client_collects_nothing(reissuing: MakeReissuing, secret: str) -> None:
    one = reissuing()
    reissue = one.ask(DIALER, "bob")
    assert reissue is not None
    one.follow("bob")
    for client_id in (DIALER, CRM, "nobody"):
        answer = one.collect(secret=secret, client_id=client_id, reissue_id=reissue.reissue_id)
        assert (answer.status, answer.json) == (401, {"error": "invalid_client"})
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert one.post("tokens", {"reissue_id": reissue.reissue_id}, {"authorization": "Basic %%%"}).status == 401
    assert one.post("tokens", {"reissue_id": reissue.reissue_id}, {}).status == 401
    assert one.collect(reissue_id=reissue.reissue_id).status == 200


def test_the_exchanges_answer_is_lost_and_what_was_made_is_retired(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    at = begun(one)
    with disturbed_exchange(one, "lost_response=0.99"):
        answer = at.back()
    refused(one, answer, "vendor_unavailable", at.query["code"], at.query["state"])
    assert len(one.in_force() - before) == 1  # the issuer has made a token that nobody has
    assert len(one.account.calls("POST", "/v1/issuers/{account_id}/token")) == 1  # a code is sent once
    assert 'data-outcome="later"' in pressed(one, "bob").data.decode()  # no other is begun meanwhile
    refused(one, at.back(), "used_state", at.query["code"])
    one.watch()
    assert one.of(DIALER, "bob").exchange_at is not None  # its answer may still come
    with later(6 * MINUTES):
        one.watch()
        one.remind()
    again = one.of(DIALER, "bob")
    assert (again.status, again.invitations, again.invitations_sent) == ("invited", 2, 2)
    assert one.in_force() == before
    assert one.follow("bob").status == 200
    assert one.of(DIALER, "bob").status == "verified"


@pytest.mark.requirement("X-06")
def test_without_kms_nothing_is_sent_and_the_agent_tries_again(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    with outage("kms", "Encrypt") as called:
        answer = pressed(one, "bob")
    assert (answer.status, called) == (503, ["Encrypt"])
    assert "key_service_unavailable" in one.stack.logs("authorize_start")
    at = Authorizing.begun(one, "bob").authorized("bob")
    with outage("kms", "Decrypt"):
        refused(one, at.back(), "key_service_unavailable", at.query["code"])
    assert one.account.calls("POST", "/v1/issuers/{account_id}/token") == []
    assert at.back().status == 200  # the code was not used
    reissue = one.of(DIALER, "bob").reissue_id
    with outage("kms", "Decrypt"):
        assert one.collect(reissue_id=reissue).json == {"error": "temporarily_unavailable"}
    assert one.collect(reissue_id=reissue).status == 200


@pytest.mark.parametrize("issuer_down", [False, True])
def test_kms_is_gone_after_the_exchange_and_the_token_that_nobody_has_is_revoked(
    reissuing: MakeReissuing, *, issuer_down: bool
) -> None:
    """At once, for it is at hand; where the issuer does not answer either, the watch finds it in the list."""
    one = reissuing()
    before = one.in_force()
    at = begun(one)
    down = patch.object(PlatformTokenIssuer, "revoke_held", side_effect=VendorUnavailable("POST", "/revoke", "503"))
    with outage("kms", "Encrypt"), down if issuer_down else nullcontext():
        refused(one, at.back(), "key_service_unavailable", at.query["code"])
    assert len(one.in_force() - before) == issuer_down
    with later(6 * MINUTES):
        one.watch()
    assert one.in_force() == before
    assert one.of(DIALER, "bob").invitations == 2


def test_the_issuer_is_down_and_nothing_is_lost(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    one.ask(CRM, "ann")
    other.ask(CRM, "ann")
    one.follow("ann")
    other.follow("ann")
    connections = Connections(one.stack.physical_id("ConnectionsTable"), one.stack.region)
    connection = connections.get(one.id)
    with disturbed(one, "500=0.99"):
        assert one.watch() == 1
    assert connections.get(one.id) == connection
    logs = one.stack.logs("watch_grants")
    assert '"GrantsNotWatched":[1.0]' in logs.replace(": ", ":")
    assert one.of(CRM, "ann").status == "invited"
    assert other.of(CRM, "ann").status == "verified"  # the others do not wait for it
    assert one.watch() == 0
    assert one.of(CRM, "ann").status == "verified"


@pytest.mark.parametrize("seconds", [-290, 290])
def test_the_issuers_clock_is_off_by_five_minutes(reissuing: MakeReissuing, seconds: int) -> None:
    one = reissuing()
    one.sandbox.set_options(one.id, issuer_ahead_seconds=seconds)
    before = one.in_force()
    one.ask(CRM, "ann")
    reissue = one.ask(DIALER, "bob")
    assert reissue is not None
    one.follow("ann")
    one.follow("bob")
    one.watch()
    assert (one.of(CRM, "ann").status, one.of(DIALER, "bob").status) == ("verified", "verified")
    assert one.keep(one.collect(reissue_id=reissue.reissue_id).json)["agent_id"] == "bob"
    assert before < one.in_force()
