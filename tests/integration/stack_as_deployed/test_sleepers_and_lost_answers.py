"""A worker wakes after its successor is done, or an answer of AWS is lost: nothing of it undoes what was done."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.interleaving import Matches, Sleeper, around_call, as_operator
from tests.support.looking import kill, resolved_state, resume
from tests.support.moves import Account, Hold, Json, until
from tests.support.proxy import Given, Passed, between

Call = Callable[[], Any]
HELD = "help_desk/conversations.jsonl"


def seed(make_account: MakeAccount, faults: str = "", **more: Any) -> Account:  # noqa: ANN401 - as `make_account` takes it
    chats = [exports.conversation(f"c{n}", "chat") for n in range(3)]
    export = exports.export(
        exports.new_account_id("sleepers"),
        channels=[exports.channel("chat"), exports.channel("mail", "email", address="a@b.example")],
        conversations=[*chats, exports.conversation("m0", "mail")],
        tickets=more.pop("tickets", []),
    )
    for conversation in export["conversations"]:
        conversation["ticket_id"] = next(
            (t["id"] for t in export["tickets"] if t["conversation_id"] == conversation["id"]), None
        )
    account = make_account(export, **more)
    account.sandbox.faults(account.id, faults)
    return account


def entry_of(account: Account, item: str, state: str | None = None) -> Matches:
    """Match the put of one entry of the id map."""
    table = account.stack.physical_id("IdMapTable")

    def matches(parameters: Json) -> bool:
        put = parameters["Item"] if parameters["TableName"] == table else {}
        return put.get("item") == {"S": item} and state in {None, put.get("state", {}).get("S")}

    return matches


def paused(account: Account) -> str:
    move = account.ask("chat")
    account.ended(move, "paused")
    return move


def test_one_who_took_a_wrong_copy_back_and_slept_does_not_undo_its_successors_copy(make_account: MakeAccount) -> None:
    account = seed(make_account, "corrupt=owner_id")
    move = paused(account)
    wrong = account.show(move)["report"]["differences"][0]["id"]
    sleeper = Sleeper()
    departed = entry_of(account, f"conversation#{wrong}", "departed")
    with around_call("catch_up", "PutItem", departed, sleeper.around) as woken:
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        sleeper.reached()
        kill(account, move, 2)
        assert resume(account, move)["status"] == "done"
        sleeper.wake()
        assert woken.wait(60)
    account.stack.drain(30)
    assert resolved_state(account, wrong) == "copied"


def test_one_who_mutes_after_the_move_is_done_undoes_it(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    sleeper = Sleeper()

    def slept(call: Call) -> object:
        answer = call()
        sleeper.sleep()
        return answer

    def muting(parameters: Json) -> bool:
        return '"previous_notifications":{' in parameters["Item"]["body"]["S"]

    with around_call("open_capture", "PutItem", muting, slept):
        move = account.ask("chat", mute=True)
        sleeper.reached()
        kill(account, move)
        assert resume(account, move)["status"] == "done"
        before = len(account.calls("PUT", "/v1/notices/notifications"))
        sleeper.wake()
        until(lambda: len(account.calls("PUT", "/v1/notices/notifications")) == before + 2, "muted, and restored")
    dump = account.dump(tmp_path)
    assert dump.account["notifications"] == {"new_ticket": True, "assignment": True, "reply": False}
    assert dump.account["banner"] is None
    assert account.sandbox.state(account.id)["banner"] is None


def test_a_late_report_of_a_retry_does_not_replace_that_of_the_move_that_is_done(make_account: MakeAccount) -> None:
    account = seed(make_account, "refuse=c1,corrupt=owner_id")
    move = paused(account)
    sleeper = Sleeper()
    event = {"account_id": account.id, "move_id": move, "conversation_ids": ["c1"]}
    operator = threading.Thread(target=account.stack.invoke, args=("retry_conversations", event))
    with around_call("retry_conversations", "PutObject", lambda p: p["Key"].startswith("reports/"), sleeper.around):
        operator.start()
        sleeper.reached()
        assert resume(account, move)["status"] == "done"
        sleeper.wake()
        operator.join(60)
    assert account.show(move)["report"]["status"] == "done"


def test_a_resume_whose_answer_was_lost_and_that_was_sent_again_starts_the_attempt(make_account: MakeAccount) -> None:
    account = seed(make_account, "corrupt=owner_id")
    move = paused(account)

    def sent_twice(call: Call) -> object:
        call()
        return call()

    with around_call("resume_move", "PutItem", lambda _: True, sent_twice):
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    assert account.report(move)["status"] == "done"


def test_a_copy_that_nobody_recorded_is_taken_back_when_its_conversation_leaves_the_channel(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)

    def without_webhooks(call: Passed) -> Given | None:
        return Given(200) if call.path.startswith("/v1/webhooks/") else None

    def to(channel_id: str) -> None:
        account.sandbox.live(account.id, "move_channel", conversation_id="m0", channel_id=channel_id)

    def dies(_: Call) -> object:
        as_operator(lambda: to("mail"))
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    recorded = entry_of(account, "conversation#m0")
    with (
        between(account, without_webhooks),
        around_call("catch_up", "PutItem", recorded, dies),
        Hold(account.stack, "catch_up") as hold,
    ):
        move = account.ask("chat")
        hold.reached()
        to("chat")
        hold.go_on()
        report = account.report(move)
    assert report["status"] == "done"
    assert sorted(account.dump(tmp_path).by_id(HELD)) == ["c0", "c1", "c2"]


def test_a_ticket_with_a_new_id_is_found_though_its_importer_died_while_recording_it(make_account: MakeAccount) -> None:
    account = seed(make_account, tickets=[exports.ticket("t0", "c0")], options={"ids": "new"})

    def dies(_: Call) -> object:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    with around_call("import_part", "PutItem", entry_of(account, "ticket#t0"), dies):
        report = account.report(account.ask("chat"))
    items = account.stack.client("dynamodb").scan(TableName=account.stack.physical_id("IdMapTable"))["Items"]
    ours = [item for item in items if item["shard"]["S"].startswith(f"{account.id}#")]
    assert report["status"] == "done"
    assert [item["conversation_id"]["S"] for item in ours if item["item"]["S"] == "ticket#t0"] == ["c0"]


def test_a_move_whose_heartbeat_fails_does_not_keep_the_watch_from_the_others(make_account: MakeAccount) -> None:
    account = seed(make_account)

    def refused(_: Call) -> object:
        raise ClientError({"Error": {"Code": "InternalFailure", "Message": ""}}, "SendTaskHeartbeat")

    with Hold(account.stack, "list_conversations") as hold:
        running = account.ask("chat")
        hold.reached()
        waiting = account.ask("mail")
        until(lambda: account.status(waiting) == "queued", "the second one is admitted")
        until(lambda: account.show(waiting)["progress"]["phase"] == "begin", "the second one waits in line")
        with around_call("watch_moves", "SendTaskHeartbeat", lambda _: True, refused):
            assert account.stack.invoke("watch_moves", {})["died"] == []
        hold.go_on()
        assert account.report(running)["status"] == "done"
        assert account.report(waiting)["status"] == "done"
