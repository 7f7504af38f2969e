"""While deskshift holds a token: it reaches its client or is nobody's, and no path leaves it lying."""

from datetime import timedelta
from unittest.mock import Mock, patch
from urllib.parse import quote

import msgspec
import pytest
import urllib3

from deskshift.app import handlers
from deskshift.app.token_reissue import take_back
from deskshift.app.token_wiring import TokenWiring
from deskshift.app.wiring import Wiring
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.page_words import PAGE_WORDS
from deskshift.domain.tokens.transitions import joined
from deskshift.model.custody import SealedToken
from deskshift.model.errors import NotEntrusted, SealBroken, VendorUnavailable
from deskshift.model.oauth import Subject, TokenInfo
from deskshift.store.connections import Connections
from deskshift.store.grants import Grants
from deskshift.store.sealed_tokens import SealedTokens
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.authorizing import Authorizing, disturbed, disturbed_exchange, pressed
from tests.support.records import Printed
from tests.support.reissuing import CRM, DEADLINE, DIALER, Reissuing, later

MINUTES = timedelta(minutes=1)
_http = urllib3.PoolManager(retries=False, timeout=30)


def sealed(one: Reissuing) -> SealedToken:
    """Read what is held for the one grant."""
    found = SealedTokens(one.stack.physical_id("CustodyTable"), one.stack.region).find(
        one.id, one.of(DIALER, "bob").reissue_id
    )
    assert found is not None
    return found


def unavailable(*_: object) -> bool:
    raise VendorUnavailable("POST", "/revoke", "503")


def held_after_a_failed_live_call(one: Reissuing) -> None:
    """Let an exchange die after its token is sealed."""
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")

    def down(*_: object) -> Subject:
        raise VendorUnavailable("GET", "/whoami", "503")

    with patch.object(PlatformTokenIssuer, "subject", down):
        assert at.back().status == 503
    assert sealed(one).ciphertext is not None


@pytest.mark.requirement("Z-18")
def test_a_token_whose_answer_was_lost_at_collection_is_revoked_and_the_agent_invited_again(
    reissuing: MakeReissuing,
) -> None:
    one = reissuing()
    before = one.in_force()
    opened = one.ask(DIALER, "bob")
    assert opened is not None
    one.follow("bob")
    assert one.collect(reissue_id=opened.reissue_id).status == 200  # and the answer does not arrive
    with later(21 * MINUTES):
        one.watch()
        one.remind()
    again = one.of(DIALER, "bob")
    assert (again.status, again.invitations, again.invitations_sent) == ("invited", 2, 2)
    assert one.in_force() == before
    one.follow("bob")
    kept = one.collect(reissue_id=opened.reissue_id)
    assert one.keep(kept.json)["agent_id"] == "bob"
    with later(21 * MINUTES):
        one.watch()
    assert one.of(DIALER, "bob").status == "collected"


@pytest.mark.requirement("Z-18")
def test_what_is_acknowledged_and_never_used_expires_and_a_new_request_opens_a_new_round(
    reissuing: MakeReissuing,
) -> None:
    one = reissuing()
    one.sandbox.set_options(one.id, access_token_seconds=90 * 86400)
    opened = one.ask(DIALER, "bob")
    assert opened is not None
    one.follow("bob")
    one.collect(reissue_id=opened.reissue_id)
    assert one.collect(reissue_id=opened.reissue_id, acknowledge="true").json == {"acknowledged": True}
    assert one.of(DIALER, "bob").acknowledged_at is not None
    with later(DEADLINE):
        one.watch()
        assert one.of(DIALER, "bob").status == "collected"
        one.retire()
    ended = one.of(DIALER, "bob")
    assert (ended.status, ended.old_token) == ("expired", "in_force")
    anew = one.ask(DIALER, "bob", request_id="request-2")
    assert anew is not None
    assert (anew.round, anew.status) == (2, "invited")


@pytest.mark.requirement("Z-18")
def test_only_what_can_be_collected_is_listed_as_waiting(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(DIALER, "bob")
    assert opened is not None
    one.follow("bob")
    assert [each["agent_id"] for each in one.collect().json["waiting"]] == ["bob"]
    with later(16 * MINUTES):
        assert one.collect().json == {"waiting": []}
    one.collect(reissue_id=opened.reissue_id)
    assert [each["agent_id"] for each in one.collect().json["waiting"]] == ["bob"]
    one.collect(reissue_id=opened.reissue_id, acknowledge="true")
    assert one.collect().json == {"waiting": []}


def test_a_request_that_joins_during_the_exchange_takes_nothing_from_it(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")
    subject = PlatformTokenIssuer.subject

    def joins(issuer: PlatformTokenIssuer, *given: object) -> Subject:
        reissue = one.of(DIALER, "bob")
        grants = Grants(one.stack.physical_id("GrantsTable"), one.stack.region)
        request = msgspec.structs.replace(reissue.request, request_id="meanwhile")
        grants.save(grant_key(one.id, DIALER, "bob"), joined(reissue, request).after)
        return subject(issuer, *given)  # type: ignore[arg-type]  # as they are given

    with patch.object(PlatformTokenIssuer, "subject", joins):
        assert at.back().status == 200
    done = one.of(DIALER, "bob")
    assert (done.status, done.exchange_at, done.joined) == ("verified", None, ("meanwhile",))
    assert one.collect(reissue_id=done.reissue_id).status == 200


def test_an_exchange_that_was_given_up_meanwhile_completes_nothing(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")
    subject = PlatformTokenIssuer.subject

    def slow(issuer: PlatformTokenIssuer, *given: object) -> Subject:
        found = subject(issuer, *given)  # type: ignore[arg-type]  # as they are given
        with later(6 * MINUTES):
            one.watch()
        return found

    with patch.object(PlatformTokenIssuer, "subject", slow):
        assert at.back().status in {400, 503}
    again = one.of(DIALER, "bob")
    assert (again.status, again.exchange_at, again.invitations) == ("invited", None, 2)
    assert one.in_force() == before
    assert sealed(one).ciphertext is None


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("old_one_ends", [False, True])
def test_what_an_exchange_that_died_has_sealed_is_revoked_by_its_value(
    reissuing: MakeReissuing, *, old_one_ends: bool
) -> None:
    """A list alone would not tell the new one from a refreshed old one."""
    one = reissuing()
    before = one.in_force()
    held_after_a_failed_live_call(one)
    if old_one_ends:
        headers = {"authorization": f"Bearer {one.account.token}"}
        _http.request("DELETE", f"{one.sandbox.api_url}/oauth/tokens/old-dialer-bob", headers=headers)
        before.remove("old-dialer-bob")
    with later(6 * MINUTES):
        one.watch()
    again = one.of(DIALER, "bob")
    assert (again.status, again.exchange_at, again.lost_at, again.invitations) == ("invited", None, None, 2)
    assert sealed(one).ciphertext is None
    assert one.in_force() == before


@pytest.mark.requirement("Z-18")
def test_a_token_that_was_never_verified_stays_sealed_until_it_is_revoked(reissuing: MakeReissuing) -> None:
    """Only what is sealed tells the token that deskshift itself has used from one that its agent made and uses."""
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")
    subject = PlatformTokenIssuer.subject

    def lost(issuer: PlatformTokenIssuer, *given: object) -> Subject:
        subject(issuer, *given)  # type: ignore[arg-type]  # as they are given
        raise VendorUnavailable("GET", "/whoami", "503")

    with patch.object(PlatformTokenIssuer, "subject", lost):
        assert at.back().status == 503
    with later(20 * MINUTES):
        with patch.object(PlatformTokenIssuer, "revoke_held", unavailable):
            assert one.watch() >= 1
        assert sealed(one).ciphertext is not None
        assert len(one.in_force() - before) == 1
        one.watch()
    assert sealed(one).ciphertext is None
    assert one.in_force() == before
    assert one.of(DIALER, "bob").invitations == 2


@pytest.mark.requirement("Z-18", "Z-31")
@pytest.mark.parametrize("end", ["withdraw", "decline", "roll_back"])
def test_nothing_ends_before_what_a_lost_exchange_has_sealed_is_taken_back(reissuing: MakeReissuing, end: str) -> None:
    """Where the list does not tell the new token from a refreshed old one, only what is sealed does."""
    one = reissuing()
    before = one.in_force() - {"old-dialer-bob"}
    held_after_a_failed_live_call(one)
    headers = {"authorization": f"Bearer {one.account.token}"}
    _http.request("DELETE", f"{one.sandbox.api_url}/oauth/tokens/old-dialer-bob", headers=headers)
    with later(6 * MINUTES):
        with patch.object(PlatformTokenIssuer, "revoke_held", unavailable):
            one.watch()
        if end == "decline":
            page = pressed(one, "bob", "decline", one.links("bob")[-1])
            assert (page.status, 'data-outcome="later"' in page.data.decode()) == (503, True)
        else:
            with pytest.raises(FunctionFailed, match="is being taken back"):
                one.order(end, one.of(DIALER, "bob") if end == "withdraw" else None)
        assert one.of(DIALER, "bob").status == "invited"
        one.watch()
        assert one.in_force() == before
        if end == "decline":
            assert pressed(one, "bob", "decline", one.links("bob")[-1]).status == 200
        else:
            one.order(end, one.of(DIALER, "bob") if end == "withdraw" else None, request_id="again")
    assert one.of(DIALER, "bob").status == ("declined" if end == "decline" else "withdrawn")


@pytest.mark.requirement("Z-18")
def test_no_token_takes_the_place_of_one_that_is_not_taken_back_yet(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    held_after_a_failed_live_call(one)
    with later(6 * MINUTES):
        with patch.object(PlatformTokenIssuer, "revoke_held", unavailable):
            one.watch()
        at = Authorizing.begun(one, "bob").authorized("bob")
        assert at.back().status == 400
        assert "not_taken_back" in one.stack.logs("authorize_callback")
        assert len(one.account.calls("POST", "/v1/issuers/{account_id}/token")) == 1
        one.watch()
        assert one.in_force() == before
        assert at.back().status == 200  # neither state nor code was used
    assert one.of(DIALER, "bob").status == "verified"


@pytest.mark.requirement("Z-18")
def test_a_token_of_a_lost_exchange_that_is_listed_only_later_does_not_stay(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")
    with disturbed_exchange(one, "lost_response=0.99"):
        assert at.back().status == 503
    (lost,) = one.in_force() - before
    listed = PlatformTokenIssuer.tokens

    def without(issuer: PlatformTokenIssuer, *given: object) -> list[TokenInfo]:
        return [one for one in listed(issuer, *given) if one.id != lost]  # type: ignore[arg-type]  # as they are given

    with later(6 * MINUTES), patch.object(PlatformTokenIssuer, "tokens", without):
        one.watch()
        one.follow("bob")
    reissue = one.of(DIALER, "bob")
    assert (reissue.status, lost in one.in_force()) == ("verified", True)
    one.watch()
    assert one.in_force() - before == {reissue.successor}
    assert one.of(DIALER, "bob").status == "verified"


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("error", [VendorUnavailable("POST", "/revoke", "503"), NotEntrusted(DIALER), KeyError("bug")])
def test_what_cannot_be_taken_back_keeps_no_other_reissue_waiting(reissuing: MakeReissuing, error: Exception) -> None:
    one = reissuing()
    held_after_a_failed_live_call(one)
    one.ask(CRM, "ann")
    one.follow("ann")
    one.use(CRM, "ann")
    with later(6 * MINUTES), patch.object(take_back, "entrusted", side_effect=error):
        if isinstance(error, KeyError):
            with pytest.raises(FunctionFailed):
                one.watch()
        else:
            assert one.watch() >= 1
    assert one.of(CRM, "ann").status == "verified"


@pytest.mark.requirement("Z-18")
def test_nothing_is_taken_back_at_an_issuer_that_does_not_answer_at_all(reissuing: MakeReissuing) -> None:
    """Each call may take long with all its repetitions, and the other accounts would wait for them."""
    one = reissuing()
    held_after_a_failed_live_call(one)
    down = VendorUnavailable("GET", "/oauth/grants", "503")
    lists = patch.multiple(PlatformTokenIssuer, tokens=Mock(side_effect=down), grants=Mock(side_effect=down))
    with later(6 * MINUTES), lists, patch.object(PlatformTokenIssuer, "revoke_held") as asked:
        assert one.watch() >= 1
    assert asked.call_count == 0
    assert sealed(one).ciphertext is not None


@pytest.mark.requirement("Z-18")
def test_what_cannot_be_revoked_for_a_day_is_deleted_all_the_same(reissuing: MakeReissuing) -> None:
    one = reissuing()
    held_after_a_failed_live_call(one)
    with later(timedelta(hours=25)), patch.object(PlatformTokenIssuer, "revoke_held", unavailable):
        assert one.watch() >= 1
    assert sealed(one).ciphertext is None
    assert one.of(DIALER, "bob").lost_at is not None


@pytest.mark.requirement("Z-18")
def test_what_can_never_be_opened_is_deleted_and_found_in_the_list(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    held_after_a_failed_live_call(one)
    with later(6 * MINUTES):
        with patch.object(TokenWiring, "open_token", side_effect=SealBroken("reissue", "token")):
            assert one.watch() >= 1
        assert sealed(one).ciphertext is None
        one.watch()
    assert one.in_force() == before
    assert one.of(DIALER, "bob").invitations == 2


@pytest.mark.requirement("Z-18")
def test_a_sealed_token_is_deleted_with_the_end_of_its_reissue(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    one.follow("bob")
    one.collect(reissue_id=one.of(DIALER, "bob").reissue_id)
    assert sealed(one).ciphertext is not None
    one.order("roll_back")
    assert one.of(DIALER, "bob").status == "withdrawn"
    assert sealed(one).ciphertext is None


@pytest.mark.parametrize("secret", ["a+b/c==", "a%2Fb", "abc", "50%", "a+%20"])
def test_a_secret_is_taken_as_it_is_or_form_encoded(reissuing: MakeReissuing, secret: str) -> None:
    one = reissuing()
    arn = one.connection.entrusted[DIALER]
    one.stack.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=secret)
    assert one.collect(secret=secret).status == 200
    assert one.collect(secret=quote(secret, safe="")).status == 200
    assert one.collect(secret=secret + "x").status == 401
    assert one.collect(secret=secret, client_id=CRM).status == 401


def test_as_many_secrets_are_read_for_a_client_that_there_is_not(reissuing: MakeReissuing) -> None:
    one = reissuing()
    read: list[str] = []
    secret = Wiring.secret

    def counted(wiring: Wiring, arn: str) -> str:
        read.append(arn)
        return secret(wiring, arn)

    with patch.object(Wiring, "secret", counted):
        counts = []
        for client_id in (DIALER, CRM, "nobody"):
            read.clear()
            assert one.collect(secret="guess", client_id=client_id).status == 401
            counts.append(len(read))
    assert len(set(counts)) == 1


@pytest.mark.requirement("Z-18")
def test_nobody_is_led_to_the_issuer_for_a_client_that_is_not_entrusted_any_more(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    connections = Connections(one.stack.physical_id("ConnectionsTable"), one.stack.region)
    connections.put_issuer(msgspec.structs.replace(one.connection, entrusted={}))
    printed = Printed(one.stack)
    told = pressed(one, "bob")
    assert (told.status, PAGE_WORDS["es"].later in told.data.decode(), "location" in told.headers) == (503, True, False)
    assert printed.totals()["AuthorizationsPutOff"] == 1
    assert [record["error_code"] for _, record in printed.records() if "error_code" in record] == ["not_entrusted"]
    connections.put_issuer(one.connection)
    assert Authorizing.begun(one, "bob").authorized("bob").back().status == 200


@pytest.mark.requirement("Z-18")
def test_a_page_for_which_the_issuer_takes_too_long_says_so_in_time(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(DIALER, "bob")
    printed = Printed(one.stack)
    with patch.object(handlers, "_FOR_THE_PAGE_MS", 30_000), disturbed(one, "500=0.99"):
        assert pressed(one, "bob").status == 503
    assert printed.totals()["AuthorizationsPutOff"] == 1
    records = [record for _, record in printed.records()]
    assert [record["error_code"] for record in records if "error_code" in record] == ["vendor_unavailable"]
