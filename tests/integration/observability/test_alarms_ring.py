"""What should raise an alarm raises it, and a quiet move raises none."""

from collections import Counter

import pytest

from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.integration.observability.alarms import Watching
from tests.support import exports
from tests.support.authorizing import pressed
from tests.support.aws_outage import outage
from tests.support.looking import Hold, rewrite_record
from tests.support.moves import Account, until
from tests.support.proxy import Given, Passed, Rule, between
from tests.support.reissuing import CRM, DIALER, Reissuing, export, unsent

PAUSED = {"MovePausedAlarm", "MoveEndedBadlyAlarm"}


def seed(make_account: MakeAccount, count: int = 3) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(count)]
    channels = [exports.channel("chat"), exports.channel("mail")]
    return make_account(
        exports.export(exports.new_account_id("alarms"), channels=channels, conversations=conversations)
    )


def test_a_quiet_move_raises_none(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    watching = Watching(stack)
    assert account.move("chat")["status"] == "done"
    stack.invoke("watch_moves", {})
    stack.drain(30)
    assert watching.raised() == set()


def test_a_paused_move_raises_its_alarm(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id")
    watching = Watching(stack)
    assert account.move("chat")["status"] == "paused"
    assert watching.raised() == PAUSED


def test_a_stall_raises_its_alarm(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        watching = Watching(stack)
        stack.invoke("watch_moves", {})
        assert watching.raised() == set()
        rewrite_record(account, move, progressed_at="2024-01-01T00:00:00.000Z")
        stack.invoke("watch_moves", {})
        assert watching.raised() == {"MoveStalledAlarm"}
    assert account.report(move)["status"] == "done"


@pytest.mark.parametrize(
    ("fault", "alarm"), [("429", "VendorThrottledAlarm"), ("500", "VendorErrorsAlarm")], ids=["throttles", "errors"]
)
def test_a_vendor_that_fails_once_raises_none_and_one_that_fails_at_every_call_raises_its_alarm(
    stack: LocalStack, make_account: MakeAccount, fault: str, alarm: str
) -> None:
    account = seed(make_account)
    watching = Watching(stack)
    with between(account, failing(int(fault), first=1)):
        assert account.move("chat")["status"] == "done"
    assert watching.raised() == set()
    with between(account, failing(int(fault), first=1000)):
        assert account.move("mail")["status"] == "done"
    assert watching.raised() == {alarm}


def failing(status: int, *, first: int) -> Rule:
    """Answer with a status in the platform's place: each of the first calls twice, then it goes on."""
    failed: Counter[tuple[str, str, bytes]] = Counter()

    def rule(call: Passed) -> Given | None:
        one = (call.method, call.path, call.body)
        failed[one] += 1
        if failed[one] > 2 or len(failed) > first:
            return None
        return Given(status, headers={"content-type": "application/json", "retry-after": "0"})

    return rule


def test_a_dead_letter_raises_its_alarm(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    watching = Watching(stack)
    account.send("no request")
    until(watching.raised, "the request is given up")
    assert watching.raised() == {"ChannelMovesDeadLettersAlarm"}
    stack.send("ChangesQueue", "no change")
    until(lambda: len(watching.raised()) > 1, "the change is given up")
    assert watching.raised() == {"ChannelMovesDeadLettersAlarm", "ChangesDeadLettersAlarm"}


def test_grants_that_are_never_watched_raise_their_alarm_and_one_look_ends_it(
    stack: LocalStack, make_account: MakeAccount
) -> None:
    with Reissuing(make_account(export(exports.new_account_id("alarms")))) as one:
        one.ask(CRM, "ann")
        watching = Watching(stack)
        one.watch()
        assert watching.raised() == set()
        down = Watching(stack)
        one.sandbox.faults(one.id, "500=0.99")
        for _ in range(2):
            assert one.watch() >= 1
        assert "GrantsNotWatchedAlarm" in down.raised()
        one.sandbox.faults(one.id, "")
        one.watch()
        assert "GrantsNotWatchedAlarm" not in down.raised()


def test_letters_that_cannot_be_sent_raise_their_alarm_and_one_that_can_ends_it(
    stack: LocalStack, make_account: MakeAccount
) -> None:
    with Reissuing(make_account(export(exports.new_account_id("alarms")))) as one:
        with unsent():
            one.ask(CRM, "ann")
        watching = Watching(stack)
        one.sandbox.faults(one.id, "500=0.99")
        for _ in range(2):
            assert one.remind() >= 1
        assert "RemindersPutOffAlarm" in watching.raised()
        one.sandbox.faults(one.id, "")
        assert one.remind() == 0
        assert "RemindersPutOffAlarm" not in watching.raised()


def test_people_who_are_told_to_try_again_raise_an_alarm(stack: LocalStack, make_account: MakeAccount) -> None:
    with Reissuing(make_account(export(exports.new_account_id("alarms")))) as one:
        one.ask(DIALER, "ann")
        watching = Watching(stack)
        with outage("kms", "Encrypt"):
            for _ in range(2):
                assert pressed(one, "ann").status == 503
            assert watching.raised() == set()
            assert pressed(one, "ann").status == 503
        assert watching.raised() == {"AuthorizationsPutOffAlarm"}


def test_a_reissue_that_is_given_up_raises_its_alarm(stack: LocalStack, make_account: MakeAccount) -> None:
    with Reissuing(make_account(export(exports.new_account_id("alarms")))) as one:
        watching = Watching(stack)
        one.send(one.body(CRM, "nobody"))
        until(watching.raised, "the request is given up")
        assert watching.raised() == {"TokenReissuesDeadLettersAlarm"}
