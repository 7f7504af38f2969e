"""What is wrong with one account, one grant or one field does not keep the others waiting."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import msgspec
import pytest

from deskshift.app.token_reissue import look, open_grant, remind
from deskshift.app.token_reissue.known import read_known
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.model.oauth import Grant, OAuthClient, TokenInfo
from deskshift.store.connections import Connections
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.authorizing import opened
from tests.support.moves import LONG
from tests.support.records import Printed
from tests.support.reissuing import COMMIT_WINDOW, CRM, EXPORT, WIDGET, Reissuing, later, left

ALL, PERSONS = 8, 6
"""The grants of an account, and those of them whose agents are written to."""
REMINDED = timedelta(days=8)


@contextmanager
def without_secret(one: Reissuing) -> Iterator[None]:
    """Let the secret be gone that an account's connection names."""
    connections = Connections(one.stack.physical_id("ConnectionsTable"), one.stack.region)
    connection = connections.get(one.id)
    connections.put(msgspec.structs.replace(connection, secret_arn=connection.secret_arn + "gone"))
    try:
        yield
    finally:
        connections.put(connection)


def many(token: TokenInfo, number: int = 2600) -> tuple[TokenInfo, ...]:
    """Make more tokens of a grant than a record can hold."""
    return tuple(msgspec.structs.replace(token, id=f"issued-{each:06d}") for each in range(number))


def test_an_account_whose_secret_is_gone_is_passed_over_with_its_reason(reissuing: MakeReissuing) -> None:
    pair = sorted((reissuing(), reissuing()), key=lambda one: one.id)
    for one in pair:
        one.ask(CRM, "ann")
        one.follow("ann")
    broken, sound = pair
    for one in pair:
        one.ask(CRM, "eve")
    with without_secret(broken):
        assert broken.watch() == 2
        assert sound.of(CRM, "ann").status == "verified"
        assert '"error_code":"secret_missing"' in broken.stack.logs("watch_grants").replace('": "', '":"')
        with later(COMMIT_WINDOW):
            assert broken.retire() == 2
        with later(REMINDED):
            assert broken.remind() == 2  # both are still invited
    assert len(sound.letters("eve")) == 2


def test_what_has_no_name_is_raised_once_all_others_were_looked_at(reissuing: MakeReissuing) -> None:
    pair = (reissuing(), reissuing())
    for one in pair:
        for agent in ("ann", "eve"):
            one.ask(CRM, agent)
            one.follow(agent)
    seen = look.seen

    def fails(wiring: object, reissue: object, listed: object) -> object:
        if (reissue.account_id, reissue.agent_id) == (pair[0].id, "ann"):  # type: ignore[attr-defined]
            raise OverflowError("canary")
        return seen(wiring, reissue, listed)  # type: ignore[arg-type]

    with patch.object(look, "seen", fails), pytest.raises(FunctionFailed) as caught:
        pair[0].watch()
    assert caught.value.error_type == "OverflowError"
    assert {one.of(CRM, "eve").status for one in pair} == {"verified"}
    assert [one.of(CRM, "ann").status for one in pair] == ["invited", "verified"]


def test_a_deadline_is_at_most_a_year_away(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    now = datetime.now(UTC)
    for until in ("9999-12-31T23:59:59Z", (now + timedelta(days=366)).strftime("%Y-%m-%dT%H:%M:%SZ")):
        with pytest.raises(FunctionFailed, match="until"):
            one.order("extend", reissue, until=until)
    until = (now + timedelta(days=364)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert one.order("extend", reissue, until=until)["deadline"] == until.replace("Z", ".000Z")


def test_a_grant_that_no_record_can_hold_is_left_to_a_person_and_its_neighbours_go_on(
    reissuing: MakeReissuing,
) -> None:
    one = reissuing()
    real = PlatformTokenIssuer.grants

    def grants(issuer: PlatformTokenIssuer) -> Iterator[Grant]:
        for grant in real(issuer):
            ours = issuer._account_id == one.id  # noqa: SLF001 - whose it is, nothing else says
            large = ours and (grant.client_id, grant.agent_id) == (CRM, "bob")
            yield msgspec.structs.replace(grant, tokens=many(grant.tokens[0])) if large else grant

    with patch.object(PlatformTokenIssuer, "grants", grants):
        one.ask()
        assert len(one.all()) == ALL
        large = one.of(CRM, "bob")
        assert (large.route, len(large.old)) == ("manual", 200)
        assert large.reason is not None
        assert "2600 tokens" in large.reason
        assert "200 are recorded" in large.reason
        assert {one.of(CRM, agent).route for agent in ("ann", "eve", "sam")} == {"direct"}
        assert one.watch() == 0
        with later(timedelta(days=40)):
            assert one.watch() == 0
        assert one.of(CRM, "bob").status == "expired"
        assert (one.of(CRM, "bob").old, one.dead_letters()) == (large.old, [])


def test_tokens_that_no_record_can_hold_are_found_later(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    reissue = one.ask(CRM, "ann")
    assert reissue is not None
    other.ask(CRM, "ann")
    other.follow("ann")
    real = PlatformTokenIssuer.tokens

    def tokens(issuer: PlatformTokenIssuer, client_id: str, agent_id: str | None) -> Sequence[TokenInfo]:
        ours = issuer._account_id == one.id  # noqa: SLF001 - whose it is, nothing else says
        return many(reissue.old[0]) if ours else real(issuer, client_id, agent_id)

    with patch.object(PlatformTokenIssuer, "tokens", tokens):
        assert one.watch() == 1
        one.ask(CRM, "sam")
    assert "record_too_large" in one.stack.logs("watch_grants")
    assert other.of(CRM, "ann").status == "verified"
    assert one.of(CRM, "ann") == reissue
    assert (one.of(CRM, "sam").route, one.dead_letters()) == ("manual", [])


def test_only_the_latest_requests_that_joined_are_kept(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(WIDGET, "bob")
    assert reissue is not None
    for number in range(102):
        one.send(one.body(WIDGET, "bob", request_id=f"joins-{number}"))
    one.stack.drain(LONG)
    assert one.of(WIDGET, "bob").joined == tuple(f"joins-{number}" for number in range(2, 102))


def start_of(one: Reissuing, address: str | None) -> Callable[[PlatformTokenIssuer], Iterator[OAuthClient]]:
    """Let the issuer list another authorization start of the client whose route is direct."""
    real = PlatformTokenIssuer.clients

    def clients(issuer: PlatformTokenIssuer) -> Iterator[OAuthClient]:
        for each in real(issuer):
            ours = each.id == CRM and issuer._account_id == one.id  # noqa: SLF001 - as above
            yield msgspec.structs.replace(each, authorization_start=address) if ours else each

    return clients


@pytest.mark.parametrize("start", ["javascript:alert(1)", "http://mallory.example/", "https://a:b@mallory.example/"])
def test_a_start_that_is_not_safe_any_more_is_no_link(reissuing: MakeReissuing, start: str) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    link = one.links("ann")[-1]
    with patch.object(PlatformTokenIssuer, "clients", start_of(one, start)):
        page = opened(link)
        assert (page.status, start in page.data.decode()) == (200, False)
        assert b'data-outcome="ask_owner"' in page.data
        assert b'value="decline"' in page.data
        one.order("invite", reissue)
        with later(REMINDED):
            assert one.remind() == 1
    assert len(one.letters("ann")) == 1
    assert "start_not_safe" in one.stack.logs("remind_pending")
    assert "start_not_safe" in one.stack.logs("operate_tokens")
    assert (one.of(CRM, "ann").invitations_sent, one.of(CRM, "ann").reminded) == (1, 0)
    assert one.remind() == 0
    assert len(one.letters("ann")) == 2  # the integration's owner has corrected it


def test_of_an_account_that_does_not_answer_one_letter_is_tried(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    one.ask()
    other.ask(CRM, "eve")
    asked: list[str] = []
    real = read_known

    def down(wiring: object, account_id: str, issuer: object) -> object:
        if account_id != one.id:
            return real(wiring, account_id, issuer)  # type: ignore[arg-type]
        asked.append(account_id)
        raise VendorUnavailable("GET", "/v1/agents", "503")

    with later(REMINDED), patch.object(remind, "read_known", down):
        assert one.remind() == PERSONS
    assert asked == [one.id]
    assert len(other.letters("eve")) == 2


def test_letters_for_which_there_was_no_time_are_counted(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask()
    before = {agent: len(one.letters(agent)) for agent in ("ann", "eve")}
    with later(REMINDED), patch.object(remind, "ONE_CALL_MS", 10**9):
        assert one.remind() >= ALL  # those of other accounts, too
    assert {agent: len(one.letters(agent)) for agent in ("ann", "eve")} == before


def test_a_client_that_is_gone_is_a_change(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask()
    real = PlatformTokenIssuer.client_document

    def document(issuer: PlatformTokenIssuer, client_id: str) -> bytes:
        return real(issuer, "gone" if client_id == WIDGET else client_id)

    with patch.object(PlatformTokenIssuer, "client_document", document):
        report = one.report()
    assert report["clients_unchanged"] is False
    changed = {each["client_id"]: each["after"] for each in report["clients"] if not each["unchanged"]}
    assert changed == {WIDGET: None}

    def refused(issuer: PlatformTokenIssuer, client_id: str) -> bytes:
        raise VendorRefused("GET", "/oauth/clients", 403, "missing_scope")

    with patch.object(PlatformTokenIssuer, "client_document", refused), pytest.raises(FunctionFailed):
        one.report()
    assert one.of(EXPORT).status == "invited"


def test_who_loses_the_race_to_open_has_the_same_result_when_it_comes_again(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(CRM, "ann")
    with patch.object(open_grant, "recorded", return_value=None):  # as it was when the loser looked
        one.ask(CRM, "ann", request_id="request-2")
    assert one.of(CRM, "ann").joined == ("request-2",)
    one.follow("ann", "decline", one.links("ann")[-1])
    assert one.ask(CRM, "ann", request_id="request-2") == one.of(CRM, "ann")
    assert len(one.rounds(CRM, "ann")) == 1


def test_a_reminder_to_nobody_is_none(reissuing: MakeReissuing) -> None:
    one = reissuing()
    with later(REMINDED):
        one.remind()  # what others have left
    for client_id, agent_id in ((EXPORT, None), (WIDGET, "bob"), (CRM, "ann"), (CRM, "eve")):
        one.ask(client_id, agent_id)
    printed = Printed(one.stack)
    with later(REMINDED), left("eve"):
        assert one.remind() == 0
    assert sum(printed.values()["RemindersSent"]) == 1
    assert [one.of(*each).reminded for each in ((EXPORT, None), (WIDGET, "bob"), (CRM, "ann"))] == [0, 0, 1]
