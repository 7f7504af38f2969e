"""A message that can never succeed goes to the dead-letter queue with its reason; its neighbours go on."""

import json
from typing import Any

import pytest

from deskshift.domain.move_ids import move_id
from infra.local.stack import LocalStack
from infra.local.stack.stack import QueueMessage
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import Hold
from tests.support.moves import Account, until

Json = dict[str, Any]
SCOPES = ["inbox.read", "inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write"]
DEEP = "[" * 100_000
HUGE_NUMBER = '{"request_id": ' + "1" * 5_000 + "}"


def dead(stack: LocalStack, queue: str, body: str) -> list[QueueMessage]:
    return [message for message in stack.queue_messages(queue) if message.body == body]


def one_dead(stack: LocalStack, queue: str, body: str) -> QueueMessage:
    until(lambda: dead(stack, queue, body), "the message is in the dead-letter queue", 20)
    stack.drain(30)
    found = dead(stack, queue, body)
    assert len(found) == 1
    return found[0]


def request(account_id: str, **fields: object) -> Json:
    made = {"request_id": "r", "account_id": account_id, "channel_id": "chat", "requested_by": "admin"}
    return {**made, **fields}


def bad_moves(account_id: str) -> dict[str, tuple[str, str, str]]:
    """Give name -> (body, error code, start of the reason)."""
    invalid = "invalid_field"
    return {
        "not_json": ("{'request_id'", invalid, "body: found text that is not JSON"),
        "empty_list": ("[ ]", invalid, "body: found list"),
        "a_number": ("7", invalid, "body: found int"),
        "null": ("null", invalid, "body: found null"),
        "text": ('"move it"', invalid, "body: found str"),
        "deep": (DEEP, invalid, "body: found"),
        "huge_number": (HUGE_NUMBER, invalid, ""),
        "missing": (json.dumps({"account_id": account_id}), invalid, "request_id: found nothing"),
        "wrong_type": (json.dumps(request(account_id, channel_id=7)), invalid, "channel_id: found int 7"),
        "too_long": (json.dumps(request(account_id, channel_id="x" * 200_000)), invalid, "channel_id: found str"),
        "characters": (json.dumps(request(account_id, channel_id="a b\u202e\ud800")), invalid, "channel_id: found"),
        "unknown_field": (json.dumps(request(account_id, histroy="none")), invalid, "histroy: found an unknown field"),
        "odd_field": (json.dumps(request(account_id, **{"\u0000\ud800": 1})), invalid, ""),
        "history": (json.dumps(request(account_id, history="some")), invalid, "history: found str"),
        "start_at": (json.dumps(request(account_id, start_at="0001-01-01T00:00:00+23:59")), invalid, "start_at:"),
        "edition": (json.dumps(request(account_id, edition="1999-01")), invalid, "edition: found"),
        "unknown_account": (json.dumps(request("nobody-at-all")), "unknown_account", "no connection is recorded"),
    }


@pytest.mark.parametrize("case", bad_moves("x"))
def test_a_bad_request_is_set_aside_with_its_reason_and_the_next_of_its_group_goes_on(
    make_account: MakeAccount, case: str
) -> None:
    account = make_account(exports.export(exports.new_account_id("never")))
    stack = account.stack
    body, code, reason = bad_moves(account.id)[case]
    crashes = len(stack.crashes)
    stack.send("ChannelMovesQueue", body, group_id=account.id)
    move = account.ask("chat")
    assert account.report(move)["status"] == "done"
    found = one_dead(stack, "ChannelMovesDeadLetterQueue", body)
    assert found.attributes["error_code"] == code
    assert found.attributes["reason"].startswith(reason)
    assert 0 < len(found.attributes["reason"]) <= 512
    assert found.group_id == account.id
    assert stack.queue_messages("ChannelMovesQueue") == []
    assert stack.crashes[crashes:] == []


def test_a_bad_request_starts_nothing(make_account: MakeAccount) -> None:
    account = make_account(exports.export(exports.new_account_id("nothing")))
    executions = len(account.stack.executions("ChannelMoveMachine"))
    body = json.dumps(request(account.id, mute="yes"))
    account.stack.send("ChannelMovesQueue", body, group_id=account.id)
    one_dead(account.stack, "ChannelMovesDeadLetterQueue", body)
    assert len(account.stack.executions("ChannelMoveMachine")) == executions
    assert account.sandbox.calls(account.id) == []


def test_another_request_under_a_known_request_id_is_set_aside_and_the_first_one_stays(
    make_account: MakeAccount,
) -> None:
    account = make_account(exports.export(exports.new_account_id("differs")))
    first = account.request("chat", history="none")
    account.send(first)
    move = move_id(account.id, "chat", first["request_id"])
    assert account.report(move)["status"] == "done"
    other = json.dumps({**first, "history": "all", "mute": True})
    account.stack.send("ChannelMovesQueue", other, group_id=account.id)
    found = one_dead(account.stack, "ChannelMovesDeadLetterQueue", other)
    assert found.attributes["error_code"] == "request_differs"
    assert found.attributes["reason"] == "request_id: 'request-1' was used before with another history, mute"
    assert account.show(move)["report"]["history"] == "none"


def bad_changes() -> dict[str, tuple[str, str, str]]:
    invalid = "invalid_field"
    return {
        "not_json": ("{", invalid, "body: found text that is not JSON"),
        "list": ("[7]", invalid, "body: found list"),
        "null": ("null  ", invalid, "body: found"),
        "deep": (DEEP, invalid, "body: found"),
        "huge_number": (HUGE_NUMBER, invalid, ""),
        "missing_account": ('{"conversation_id": "c0"}', invalid, "account_id: found nothing"),
        "missing_conversation": ('{"account_id": "a"}', invalid, "conversation_id: found nothing"),
        "wrong_type": ('{"account_id": "a", "conversation_id": 7}', invalid, "conversation_id: found int 7"),
        "characters": ('{"account_id": "a", "conversation_id": "a b"}', invalid, "conversation_id: found str"),
        "too_long": ('{"account_id": "a", "conversation_id": "%s"}' % ("x" * 129), invalid, "conversation_id: found"),
        "unknown_account": ('{"account_id": "nobody", "conversation_id": "c"}', "unknown_account", "no connection"),
    }


def capturing(account: Account, hold: Hold) -> str:
    move = account.ask("chat")
    hold.reached()
    return move


@pytest.mark.parametrize("case", bad_changes())
def test_a_bad_change_is_set_aside_with_its_reason(stack: LocalStack, case: str) -> None:
    body, code, reason = bad_changes()[case]
    before = len(dead(stack, "ChangesDeadLetterQueue", body))
    crashes = len(stack.crashes)
    stack.send("ChangesQueue", body)
    until(lambda: len(dead(stack, "ChangesDeadLetterQueue", body)) > before, "it is in the dead-letter queue", 20)
    stack.drain(30)
    found = dead(stack, "ChangesDeadLetterQueue", body)[before:]
    assert len(found) == 1
    assert found[0].attributes["error_code"] == code
    assert found[0].attributes["reason"].startswith(reason)
    assert stack.queue_messages("ChangesQueue") == []
    assert stack.crashes[crashes:] == []


def record(number: int, body: str) -> Json:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0", "SenderId": "x"}
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"handle-{number}",
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:changes",
        "awsRegion": "eu-central-1",
    }


def test_the_neighbours_of_a_bad_change_in_its_batch_go_on(make_account: MakeAccount) -> None:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(2)]
    account = make_account(exports.export(exports.new_account_id("batch"), conversations=conversations))
    account.sandbox.set_options(account.id, webhook_secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    bodies = [json.dumps({"account_id": account.id, "conversation_id": f"c{n}"}) for n in range(2)]
    bad = json.dumps({"account_id": account.id, "conversation_id": "bad id"})
    hold = Hold()
    with hold.at(account, "catch_up"):
        move = capturing(account, hold)
        for n in range(2):
            account.sandbox.live(account.id, "message", conversation_id=f"c{n}", text="taken along at once")
        before = account.sandbox.calls(account.id)
        answer = account.stack.invoke(
            "capture_changes", {"Records": [record(n, body) for n, body in enumerate([bodies[0], bad, bodies[1]])]}
        )
        calls = [f"{c['method']} {c['path']}" for c in account.sandbox.calls(account.id)[len(before) :]]
    assert answer == {"batchItemFailures": []}
    assert calls.count("POST /v1/help_desk/imports") == 2
    assert len(dead(account.stack, "ChangesDeadLetterQueue", bad)) == 1
    assert account.report(move)["status"] == "done"


def test_a_change_that_fails_for_now_comes_again_alone(make_account: MakeAccount) -> None:
    account = make_account(
        exports.export(exports.new_account_id("for-now"), conversations=[exports.conversation("c0", "chat")])
    )
    hold = Hold()
    with hold.at(account, "catch_up"):
        move = capturing(account, hold)
        account.sandbox.set_options(account.id, scopes=["inbox.write"])
        good = json.dumps({"account_id": "nobody", "conversation_id": "c0"})
        bad = json.dumps({"account_id": account.id, "conversation_id": "c0"})
        answer = account.stack.invoke("capture_changes", {"Records": [record(0, good), record(1, bad)]})
        account.sandbox.set_options(account.id, scopes=SCOPES)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert account.report(move)["status"] == "done"


def test_a_change_without_a_running_move_reads_nothing(make_account: MakeAccount) -> None:
    account = make_account(
        exports.export(exports.new_account_id("idle"), conversations=[exports.conversation("c0", "chat")])
    )
    body = json.dumps({"account_id": account.id, "conversation_id": "c0"})
    assert account.stack.invoke("capture_changes", {"Records": [record(0, body)]}) == {"batchItemFailures": []}
    assert account.sandbox.calls(account.id) == []
