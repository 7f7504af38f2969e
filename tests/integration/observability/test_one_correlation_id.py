"""A whole move, paused and resumed, with a webhook: every record of it bears a known code and the one id."""

import pytest

from deskshift.app.events import Event
from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import Hold, kill
from tests.support.moves import Account, until
from tests.support.records import Printed


def seed(make_account: MakeAccount) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(4)]
    return make_account(exports.export(exports.new_account_id("followed"), conversations=conversations))


def paused_and_resumed(account: Account) -> str:
    first, second = Hold(), Hold()
    with first.at(account, "verify_conversations"):
        move = account.ask("chat")
        first.reached()
        kill(account, move)
    account.stack.drain(30)
    with second.at(account, "verify_conversations"):
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        second.reached()
        account.sandbox.live(account.id, "message", conversation_id="c1", text="one more")
        until(lambda: account.sandbox.state(account.id)["webhooks"]["pending"] == 0, "the webhook is delivered")
        until(lambda: account.stack.queue_messages("ChangesQueue") == [], "the change is taken up")
    assert account.report(move)["status"] == "done"
    return move


def test_every_record_and_every_call_of_a_move_bears_its_id(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    printed = Printed(stack)
    move = paused_and_resumed(account)
    stack.drain(30)
    records = printed.records()
    assert [line for _, line in records if line["message"] not in set(Event)] == []
    deliveries = {line["delivery_id"] for _, line in records if line["message"] == Event.CHANGE_TAKEN_UP}
    queued = {line["correlation_id"] for _, line in records if line["message"] == Event.WEBHOOK_QUEUED}
    others = {line["correlation_id"] for _, line in records if line["message"] != Event.WEBHOOK_QUEUED}
    assert others == {move}
    assert deliveries
    assert deliveries <= queued
    codes = {line["message"] for _, line in records}
    assert codes >= {"move.started", "move.checked", "move.begun", "move.paused", "move.resumed", "move.done"}
    assert {line["attempt"] for _, line in records if "attempt" in line} == {1, 2}
    sent = {call["correlation_id"] for call in account.sandbox.calls(account.id)}
    assert sent == {move}


def test_a_move_that_wakes_the_next_logs_its_beginning_under_the_next_ones_id(
    stack: LocalStack, make_account: MakeAccount
) -> None:
    export = exports.export(
        exports.new_account_id("woken"),
        channels=[exports.channel("chat"), exports.channel("mail")],
        conversations=[exports.conversation("c0", "chat")],
    )
    account = make_account(export)
    printed = Printed(stack)
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        first = account.ask("chat")
        hold.reached()
        second = account.ask("mail")
        until(lambda: account.status(second) == "queued", "the second waits")
    account.ended(first, "done")
    account.ended(second, "done")
    begun = [line for _, line in printed.records() if line["message"] == Event.MOVE_BEGUN]
    assert [(line["correlation_id"], line["move_id"]) for line in begun] == [(first, first), (second, second)]


def test_a_message_that_is_no_request_and_its_dead_letter_bear_the_messages_id(
    stack: LocalStack, make_account: MakeAccount
) -> None:
    account = seed(make_account)
    printed = Printed(stack)
    before = len(stack.queue_messages("ChannelMovesDeadLetterQueue"))
    sent = stack.send("ChannelMovesQueue", f"no request of {account.id}", group_id=account.id)
    until(lambda: len(stack.queue_messages("ChannelMovesDeadLetterQueue")) > before, "it is set aside")
    (record,) = [line for _, line in printed.records() if line["message"] == Event.REQUEST_NEVER_VALID]
    letter = stack.queue_messages("ChannelMovesDeadLetterQueue")[-1]
    assert record["correlation_id"] == letter.attributes["correlation_id"] == sent


def test_a_failure_is_logged_with_its_code_and_no_words(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    printed = Printed(stack)
    with pytest.raises(FunctionFailed):
        stack.invoke("resolve_id", {"account_id": account.id, "id": "never-moved"})
    (record,) = [line for name, line in printed.records() if name == "resolve_id"]
    assert (record["message"], record["error_code"]) == ("function.failed", "unknown_id")
    assert record["correlation_id"]
    assert "never-moved" not in str(record)
