"""X-10, X-11: a day after a move a sample of it is checked by reading alone; life since then is no drift."""

import datetime as dt
import json
import zlib
from collections.abc import Callable

import pytest
import urllib3

from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.integration.observability.alarms import Watching
from tests.support import exports
from tests.support.looking import files, record, rewrite_record, writes
from tests.support.moves import Account, Json
from tests.support.proxy import Given, Passed, Rule, between
from tests.support.records import Printed

HELD = "/v1/help_desk/conversations/batch_read"
INBOX = "/v1/inbox/conversations/batch_read"


def ago(**since: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**since)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moved(make_account: MakeAccount, count: int = 3, ids: str = "keep") -> tuple[Account, str]:
    conversations = [
        exports.conversation(
            f"c{n:03d}",
            "chat",
            messages=[exports.message(f"m{n}", attachments=[exports.attachment(f"f{n}")]), exports.message(f"n{n}")],
        )
        for n in range(count)
    ]
    conversations[0]["ticket_id"] = "t0"
    export = exports.export(
        exports.new_account_id("recheck"), conversations=conversations, tickets=[exports.ticket("t0", "c000")]
    )
    account = make_account(export, options={"ids": ids})
    report = account.move("chat")
    assert report["status"] == "done"
    return account, report["move_id"]


def recheck(account: Account) -> Json:
    return dict(account.stack.invoke("recheck_moves", {}))


def finding(account: Account, move: str) -> Json | None:
    found = files(account, f"reports/{account.id}/{move}.recheck.json")
    return json.loads(next(iter(found.values()))) if found else None


@pytest.mark.requirement("X-11")
def test_a_move_is_checked_once_and_not_before_a_day_is_over(make_account: MakeAccount) -> None:
    account, move = moved(make_account)
    assert move not in str(recheck(account))
    rewrite_record(account, move, finished_at=ago(hours=23, minutes=59))
    assert move not in str(recheck(account))
    rewrite_record(account, move, finished_at=ago(hours=24, minutes=1))
    before = writes(account)
    assert move in recheck(account)["checked"]
    assert writes(account) == before
    found = finding(account, move)
    assert found is not None
    assert (found["outcome"], found["moved"], found["checked"], found["drifted"]) == ("checked", 3, 3, 0)
    assert (found["conversations"], found["differences"]) == (["c000", "c001", "c002"], [])
    assert record(account, move)["rechecked_at"] == found["rechecked_at"]
    made = account.sandbox.calls(account.id)
    assert move not in str(recheck(account))
    assert account.sandbox.calls(account.id) == made


@pytest.mark.requirement("X-11")
@pytest.mark.parametrize("ids", ["keep", "new"])
def test_what_happens_to_conversations_after_the_move_is_no_drift(
    stack: LocalStack, make_account: MakeAccount, ids: str
) -> None:
    account, move = moved(make_account, ids=ids)
    live = account.sandbox.live
    live(account.id, "message", conversation_id="c000", text="thank you")
    live(account.id, "message", conversation_id="c001", text="one more thing")
    live(account.id, "change", conversation_id="c001", change={"status": "open"})
    live(account.id, "change", conversation_id="c002", change={"owner_id": "admin"})
    rewrite_record(account, move, finished_at=ago(days=1, minutes=1))
    watching = Watching(stack)
    assert move in recheck(account)["checked"]
    found = finding(account, move)
    assert found is not None
    assert (found["checked"], found["drifted"], found["differences"]) == (3, 0, [])
    assert watching.raised() == set()


def altered(account: Account, path: str, alter: Callable[[Json], object]) -> Rule:
    """Let the platform answer a read with c001 altered; what `alter` empties is left out."""

    def rule(call: Passed) -> Given | None:
        if call.path != path:
            return None
        answer = urllib3.request("POST", account.sandbox.url + path, body=call.body, headers=call.headers).json()
        for item in answer["items"]:
            if item.get("external_id", item["id"]) == "c001":
                alter(item)
        answer["items"] = [item for item in answer["items"] if item]
        return Given(200, json.dumps(answer).encode())

    return rule


DAMAGES: dict[str, tuple[str, Callable[[Json], object], str]] = {
    "text": (HELD, lambda held: held["messages"][0].update(text="something else"), "messages"),
    "a file": (HELD, lambda held: held["messages"][0]["attachments"][0].update(sha256="0" * 64), "messages"),
    "a file is gone": (HELD, lambda held: held["messages"][0]["attachments"].clear(), "messages.attachments"),
    "order": (HELD, lambda held: held["messages"].reverse(), "messages"),
    "a message is gone": (HELD, lambda held: held["messages"].pop(), "messages.length"),
    "all is gone": (HELD, lambda held: held.clear(), "conversation"),
    "staged again": (HELD, lambda held: held.update(state="staged"), "state"),
    "another ticket": (HELD, lambda held: held.update(ticket_id="other"), "ticket_id"),
    "a ticket of another": (HELD, lambda held: held["ticket"].update(conversation_id="c000"), "ticket.conversation_id"),
    "in the inbox again": (INBOX, lambda source: source.update(moved_to=None), "inbox"),
    "a pointer elsewhere": (INBOX, lambda source: source["moved_to"].update(ticket_id="other"), "inbox.moved_to"),
}


@pytest.mark.requirement("X-11")
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_moved_and_is_not_there_any_more_is_found_and_raises_the_alarm(
    stack: LocalStack, make_account: MakeAccount, damage: str
) -> None:
    account, move = moved(make_account)
    account.sandbox.live(account.id, "message", conversation_id="c002", text="a reply that is no damage")
    rewrite_record(account, move, finished_at=ago(days=1, minutes=1))
    path, alter, field = DAMAGES[damage]
    watching, printed = Watching(stack), Printed(stack)
    with between(account, altered(account, path, alter)):
        assert move in recheck(account)["checked"]
    found = finding(account, move)
    assert found is not None
    assert (found["checked"], found["drifted"]) == (3, 1)
    assert [(one["id"], one["field"]) for one in found["differences"]] == [("c001", field)]
    assert "something else" not in json.dumps(found)
    assert watching.raised() == {"CopyDriftedAlarm"}
    drifted = [line for _, line in printed.records() if line["message"] == "recheck.drifted"]
    assert [(line["correlation_id"], line["fields"]) for line in drifted] == [(move, [field])]


@pytest.mark.requirement("X-10")
def test_an_old_ticket_id_that_leads_nowhere_any_more_is_found(make_account: MakeAccount) -> None:
    account, move = moved(make_account, ids="new")
    rewrite_record(account, move, finished_at=ago(days=1, minutes=1))
    table = account.stack.physical_id("IdMapTable")
    shard = zlib.crc32(b"t0") % 16
    key = {"shard": {"S": f"{account.id}#{shard}"}, "item": {"S": "ticket#t0"}}
    assert "Item" in account.stack.client("dynamodb").get_item(TableName=table, Key=key)
    account.stack.client("dynamodb").delete_item(TableName=table, Key=key)
    recheck(account)
    found = finding(account, move)
    assert found is not None
    assert [(one["id"], one["field"]) for one in found["differences"]] == [("c000", "ticket.old_id")]


def test_a_sample_is_at_most_a_hundred_and_always_the_same(make_account: MakeAccount) -> None:
    account, move = moved(make_account, count=130)
    rewrite_record(account, move, finished_at=ago(days=1, minutes=1))
    recheck(account)
    first = finding(account, move)
    rewrite_record(account, move, rechecked_at=None)
    waits_again(account, move)
    recheck(account)
    second = finding(account, move)
    assert first is not None
    assert second is not None
    assert (first["moved"], first["checked"], first["drifted"]) == (130, 100, 0)
    assert second["conversations"] == first["conversations"]
    assert set(first["conversations"]) != {f"c{n:03d}" for n in range(100)}


def waits_again(account: Account, move: str) -> None:
    """Put the move back where those wait that are to be checked."""
    account.stack.client("dynamodb").update_item(
        TableName=account.stack.physical_id("MovesTable"),
        Key={"account_id": {"S": account.id}, "item": {"S": f"move#{move}"}},
        UpdateExpression="SET activity = :recheck",
        ExpressionAttributeValues={":recheck": {"S": "recheck"}},
    )


def test_a_platform_that_cannot_be_read_is_tried_again_and_given_up_with_its_reason(
    make_account: MakeAccount,
) -> None:
    account, move = moved(make_account)
    forbidden = Given(403, b'{"error": {"code": "missing_scope", "message": "no"}}')
    rewrite_record(account, move, finished_at=ago(days=1, minutes=1))
    with between(account, lambda _: forbidden):
        assert move in recheck(account)["put_off"]
        assert finding(account, move) is None
        rewrite_record(account, move, finished_at=ago(days=4, minutes=1))
        assert move in recheck(account)["given_up"]
        assert move not in str(recheck(account))
    found = finding(account, move)
    assert found is not None
    assert (found["outcome"], found["reason"], found["checked"]) == ("given_up", "vendor_refused", 0)


def test_a_platform_that_answers_again_is_checked(make_account: MakeAccount) -> None:
    account, move = moved(make_account)
    rewrite_record(account, move, finished_at=ago(days=3))
    with between(account, lambda _: Given(403, b"{}")):
        assert move in recheck(account)["put_off"]
    assert move in recheck(account)["checked"]


def test_a_move_without_history_has_nothing_to_check(make_account: MakeAccount) -> None:
    account, _ = moved(make_account)
    other = make_account(exports.export(exports.new_account_id("none"), conversations=[]))
    report = other.move("chat", history="none")
    rewrite_record(other, report["move_id"], finished_at=ago(days=2))
    assert report["move_id"] not in str(recheck(account))
