"""What an operator has done stays done: a rollback stops what is under way, and an order that comes twice is one."""

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from deskshift.app.token_reissue import found, operate, request_all
from deskshift.app.token_reissue.found import found_of
from deskshift.app.token_reissue.open_grant import open_grant
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.model.errors import VendorUnavailable
from deskshift.store.grants import Grants
from deskshift.store.reissue_batches import ReissueBatches
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.moves import LONG, Json
from tests.support.reissuing import CRM, PEOPLE, WIDGET, Reissuing, far, later


def message(one: Reissuing, body: Json) -> Json:
    """Make the event of a message."""
    attributes = {"MessageGroupId": one.id, "ApproximateReceiveCount": "1"}
    return {"Records": [{"messageId": "message-1", "body": json.dumps(body), "attributes": attributes}]}


def letters(one: Reissuing) -> int:
    """Count the letters to those who are invited; owners of integrations are others."""
    return sum(len(one.letters(agent)) for agent in PEOPLE)


@pytest.mark.requirement("Z-31")
@pytest.mark.parametrize("at", [0, 3, 7])
def test_a_rollback_in_the_middle_of_a_batch_stops_it(reissuing: MakeReissuing, at: int) -> None:
    one = reissuing()
    before = one.in_force()
    opened: list[object] = []

    def opens(*given: object) -> object:
        if len(opened) == at:
            one.order("roll_back")
        opened.append(given)
        return open_grant(*given)  # type: ignore[arg-type]  # as they are given

    with patch.object(request_all, "open_grant", opens):
        one.stack.invoke("reissue_tokens", message(one, one.body()))
    assert {each.status for each in one.all()} == {"withdrawn"}  # by the run itself: the queue brings nothing again
    one.stack.invoke("reissue_tokens", message(one, one.body()))
    assert (letters(one), one.pending(), one.dead_letters()) == (0, [], [])
    assert one.in_force() == before
    one.ask(request_id="request-2")  # whoever asks anew is not stopped
    assert {each.status for each in one.all() if each.request.request_id == "request-2"} == {"invited"}


@pytest.mark.requirement("Z-31")
def test_messages_of_a_batch_that_was_rolled_back_open_and_send_nothing(reissuing: MakeReissuing) -> None:
    one = reissuing()
    with patch.object(request_all, "_send"):  # they are on their way until the account is rolled back
        one.stack.invoke("reissue_tokens", message(one, one.body()))
    batches = ReissueBatches(one.stack.physical_id("GrantsTable"), one.stack.region)
    (batch,) = batches.of_account(one.id)
    one.order("roll_back")
    for agent in (*PEOPLE, "admin"):  # of one grant the batch has not even known
        body = one.body(CRM, agent, batch_id=batch.batch_id)
        one.stack.invoke("reissue_tokens", message(one, body))
    assert letters(one) == 0
    assert {each.status for each in one.all()} == {"withdrawn"}
    assert one.rounds(CRM, "admin") == []
    stopped = batches.get(one.id, batch.batch_id)
    assert (stopped.stopped is not None, stopped.ended_at) == (True, batch.ended_at)


@pytest.mark.requirement("Z-31")
def test_a_rollback_while_the_inventory_is_taken_stops_the_batch(reissuing: MakeReissuing) -> None:
    one = reissuing()

    def takes(*given: object) -> object:
        taken = found_of(*given)  # type: ignore[arg-type]  # as they are given
        one.order("roll_back")
        return taken

    with patch.object(request_all, "found_of", takes):
        one.stack.invoke("reissue_tokens", message(one, one.body()))
    one.stack.invoke("reissue_tokens", message(one, one.body()))
    assert (one.all(), letters(one), one.letters("admin"), one.dead_letters()) == ([], 0, [], [])


@pytest.mark.requirement("Z-31")
def test_nobody_is_invited_by_what_a_stopped_batch_has_left_open(reissuing: MakeReissuing) -> None:
    one = reissuing()

    def opens(*given: object) -> object:
        one.order("roll_back")
        return open_grant(*given)  # type: ignore[arg-type]  # as they are given

    down = VendorUnavailable("GET", "/v1/oauth/tokens", "503")
    with (
        patch.object(request_all, "open_grant", opens),
        patch.object(request_all, "roll_back_opened", side_effect=down),
        pytest.raises(FunctionFailed, match="503"),
    ):
        one.stack.invoke("reissue_tokens", message(one, one.body()))
    left = len(one.pending())
    assert left > 0
    assert (one.remind(), letters(one)) == (left, 0)
    one.order("roll_back", request_id="again")
    assert ({each.status for each in one.all()}, one.remind(), letters(one)) == ({"withdrawn"}, 0, 0)


@pytest.mark.requirement("Z-31")
def test_a_rollback_reads_again_until_nothing_is_open(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(CRM, "ann")
    real = Grants.of_account
    reads: list[int] = []

    def of_account(grants: Grants, account_id: str) -> object:
        found = list(real(grants, account_id))
        reads.append(len(found))
        if len(reads) == 2:
            one.stack.invoke("reissue_tokens", message(one, one.body(CRM, "eve", request_id="request-2")))
        return found

    with patch.object(Grants, "of_account", of_account):
        assert len(one.order("roll_back")["reissues"]) == 2
    assert {each.status for each in one.all()} == {"withdrawn"}


def test_an_inventory_that_the_clock_stops_goes_on(reissuing: MakeReissuing) -> None:
    one = reissuing()
    clients = len(one.clients())
    read: list[str] = []
    document = PlatformTokenIssuer.client_document

    def documented(issuer: PlatformTokenIssuer, client_id: str) -> bytes:
        read.append(client_id)
        if len(read) == 2:
            time_is_up.start()
        return document(issuer, client_id)

    time_is_up = patch.object(found, "ONE_CALL_MS", 10**9)
    with patch.object(PlatformTokenIssuer, "client_document", documented):
        with pytest.raises(FunctionFailed, match="0 of 0 grants are opened"):
            one.stack.invoke("reissue_tokens", message(one, one.body()))
        time_is_up.stop()
        assert (len(read), one.all()) == (2, [])
        one.stack.invoke("reissue_tokens", message(one, one.body()))
        assert len(read) == len(set(read)) == clients
    one.stack.drain(LONG)
    assert (len(one.all()), one.report()["clients_unchanged"]) == (8, True)


def test_an_order_that_comes_twice_is_done_once(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    assert [one.order("invite", reissue)["invitations"] for _ in range(3)] == [2, 2, 2]
    assert len(one.letters("ann")) == 2
    assert one.order("invite", reissue, request_id="invite-2")["invitations"] == 3
    with pytest.raises(FunctionFailed, match="request_id"):
        one.order("withdraw", reissue, request_id="invite-1")
    one.follow("ann", "decline", one.links("ann")[-1])
    assert one.order("invite", reissue)["status"] == "declined"  # it was done before that
    assert len(one.rounds(CRM, "ann")) == 1
    assert [one.order("invite", reissue, request_id="invite-3")["round"] for _ in range(2)] == [2, 2]


def test_an_order_that_asks_for_another_deadline_is_another_order(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    first, second = (f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}T00:00:00.000Z" for days in (100, 200))
    assert [one.order("extend", reissue, until=first)["deadline"] for _ in range(2)] == [first, first]
    with pytest.raises(FunctionFailed, match="until"):
        one.order("extend", reissue, until=second)
    assert one.order("extend", reissue, until=second, request_id="extend-2")["deadline"] == second
    assert one.order("extend", reissue, until=first)["deadline"] == second  # it was done before


def test_no_deadline_outlasts_what_the_report_needs(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    assert reissue is not None
    further = f"{datetime.fromisoformat(reissue.opened_at) + timedelta(days=370):%Y-%m-%d}T00:00:00.000Z"
    one.order("extend", reissue, until=far())
    with later(timedelta(days=200)), pytest.raises(FunctionFailed, match="within a year from"):
        one.order("extend", reissue, until=further, request_id="extend-2")


def test_of_an_account_that_nobody_has_connected_nothing_is_shown(reissuing: MakeReissuing) -> None:
    one = reissuing()
    for what in ("pending", "report"):
        with pytest.raises(FunctionFailed, match="connection"):
            one.stack.invoke("show_tokens", {"account_id": "nobodys", "what": what})


def test_an_order_about_a_round_that_is_over_is_refused_once_there_is_another(reissuing: MakeReissuing) -> None:
    one = reissuing()
    first = one.ask(CRM, "ann")
    one.order("withdraw", first)
    second = one.order("invite", first)
    assert second["round"] == 2
    assert one.order("invite", first)["reissue_id"] == second["reissue_id"]
    for action, request_id in (("invite", "invite-2"), ("withdraw", "withdraw-2")):
        with pytest.raises(FunctionFailed, match=f"a newer one: {second['reissue_id']}"):
            one.order(action, first, request_id=request_id)
    assert one.order("withdraw", first)["status"] == "withdrawn"  # that was done, and is its result
    assert (one.of(CRM, "ann").status, len(one.letters("ann"))) == ("invited", 2)


def test_what_is_confirmed_twice_is_confirmed(reissuing: MakeReissuing) -> None:
    one = reissuing()
    by_hand = one.ask(WIDGET, "bob")
    assert [one.order("confirm", by_hand, request_id=each)["status"] for each in ("1", "2")] == ["confirmed"] * 2
    invited = one.ask(CRM, "ann")
    one.order("withdraw", invited)
    with pytest.raises(FunctionFailed, match="it has ended: withdrawn"):
        one.order("confirm", invited)


def test_only_the_last_orders_are_kept(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(WIDGET, "bob")
    for number in range(22):
        one.order("invite", reissue, request_id=f"invite-{number}")
    assert [each for each, _ in one.of(WIDGET, "bob").deeds] == [f"invite-{number}" for number in range(2, 22)]


def test_an_order_whose_letter_was_not_sent_sends_it_when_it_comes_again(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    down = VendorUnavailable("GET", "/v1/agents", "503")
    with patch.object(operate, "invite", side_effect=down), pytest.raises(FunctionFailed, match="503"):
        one.order("invite", reissue)
    assert len(one.letters("ann")) == 1
    assert one.order("invite", reissue)["invitations"] == 2
    assert (len(one.letters("ann")), one.of(CRM, "ann").invitations_sent) == (2, 2)
