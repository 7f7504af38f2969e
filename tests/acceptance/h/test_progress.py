import json
import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import SIGNED, Account, Hold, Json, until

WITHHELD = {"rate": None, "seconds_left": None}


def _account(make_account: MakeAccount) -> Account:
    conversations = [
        *(exports.conversation(f"open-{n}", "chat", status="open") for n in range(3)),
        *(exports.conversation(f"closed-{n}", "chat") for n in range(5)),
    ]
    return make_account(exports.export(exports.new_account_id("progress"), conversations=conversations))


def _begun_ago(account: Account, move: str, seconds: int) -> None:
    """Let the move's phase have begun so long ago, as the clock that shows it counts."""
    table, database = account.stack.physical_id("MovesTable"), account.stack.client("dynamodb")
    key = {"account_id": {"S": account.id}, "item": {"S": f"move#{move}"}}
    item = database.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    body = json.loads(item["body"]["S"])
    body["phase_since"] = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    database.put_item(TableName=table, Item={**item, "body": {"S": json.dumps(body)}})


@pytest.mark.requirement("H-27", "H-28")
@pytest.mark.parametrize(
    ("step", "look", "phase", "done"),
    [
        ("list_conversations", 1, "list", 0),
        ("list_conversations", 3, "list", 3),
        ("catch_up", 1, "catch_up", 8),
        ("verify_conversations", 1, "verify", 0),
        ("verify_conversations", 2, "verify", 8),
        ("release_conversations", 1, "release", 0),
        ("settle_move", 1, "settle", 8),
    ],
)
def test_the_page_shows_phase_done_and_total_while_the_move_runs(
    make_account: MakeAccount, step: str, look: int, phase: str, done: int
) -> None:
    account = _account(make_account)
    with Hold(account.stack, step, look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        shown = account.show(move)
        status, page = account.page(move)
    assert (shown["status"], shown["channel_id"], shown["attempt"]) == ("running", "chat", 1)
    assert shown["progress"] == {"phase": phase, "done": done, "total": 8, **WITHHELD}
    assert shown["report"] is None
    assert (status, page) == (200, shown)
    assert account.report(move)["status"] == "done"


@pytest.mark.requirement("H-28")
def test_the_import_has_a_phase_of_its_own_with_the_parts_that_are_done(make_account: MakeAccount) -> None:
    account = _account(make_account)
    seen: list[Json] = []

    def imports() -> bool:
        seen.append(account.show(move)["progress"])
        return seen[-1]["phase"] not in {"check", "begin", "switch", "list"}

    with Hold(account.stack, "list_conversations", look=4) as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.faults(account.id, "slow=1")
    until(imports, "the import is seen")
    account.sandbox.faults(account.id, "")
    assert (seen[-1]["phase"], seen[-1]["total"]) == ("import", 8)
    assert seen[-1]["done"] in {0, 3, 5}  # a part of open conversations, and one of closed ones
    assert account.report(move)["status"] == "done"


@pytest.mark.requirement("H-28")
def test_rate_and_time_left_are_shown_once_they_mean_something(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations", look=3) as hold:
        move = account.ask("chat")
        hold.reached()
        _begun_ago(account, move, 9)
        too_early = account.show(move)["progress"]
        _begun_ago(account, move, 600)
        by_now = account.show(move)["progress"]
    assert too_early == {"phase": "list", "done": 3, "total": 8, **WITHHELD}
    assert by_now["rate"] == 0.3  # 3 conversations in 10 minutes, as conversations a minute
    assert 1000 <= by_now["seconds_left"] <= 1010  # 5 are left, each takes 200 seconds
    assert account.report(move)["status"] == "done"


@pytest.mark.requirement("H-28")
def test_the_estimate_is_withheld_while_nothing_is_done_however_long_it_takes(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        _begun_ago(account, move, 3600)
        progress = account.show(move)["progress"]
    assert progress == {"phase": "list", "done": 0, "total": 8, **WITHHELD}
    assert account.report(move)["status"] == "done"


def _left_early(account: Account, move: str) -> None:
    """Ask for the page and leave before it comes."""
    where = urlsplit(account.stack.http_url)
    headers = f"host: {where.netloc}\r\nauthorization: {SIGNED['authorization']}\r\n"
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=10) as connection:
        connection.sendall(f"GET /accounts/{account.id}/moves/{move} HTTP/1.1\r\n{headers}\r\n".encode())


def _record(account: Account, move: str) -> Json:
    table = account.stack.physical_id("MovesTable")
    key = {"account_id": {"S": account.id}, "item": {"S": f"move#{move}"}}
    answer = account.stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
    return dict(answer["Item"])


@pytest.mark.requirement("H-27")
def test_looking_and_leaving_disturb_nothing(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "verify_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        before = (_record(account, move), len(account.sandbox.calls(account.id)))
        for _ in range(3):
            assert account.page(move)[0] == 200
            _left_early(account, move)
        assert (_record(account, move), len(account.sandbox.calls(account.id))) == before
    report = account.report(move)
    assert (report["status"], report["attempt"]) == ("done", 1)
    assert report["counts"]["conversations"]["moved"] == 8


@pytest.mark.requirement("H-27")
def test_the_page_shows_the_report_when_done_and_why_when_paused(make_account: MakeAccount) -> None:
    account = _account(make_account)
    account.sandbox.faults(account.id, "corrupt=status")
    move = account.ask("chat")
    account.report(move)
    _, paused = account.page(move)
    assert (paused["status"], paused["paused_because"]["code"]) == ("paused", "verification_failed")
    assert [difference["field"] for difference in paused["report"]["differences"]] == ["status"]
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    account.ended(move, "done")
    _, done = account.page(move)
    assert (done["status"], done["attempt"], done["paused_because"]) == ("done", 2, None)
    assert done["progress"] == {"phase": "finish", "done": 8, "total": 8, **WITHHELD}
    assert done["report"]["counts"]["conversations"]["moved"] == 8


@pytest.mark.requirement("H-27")
def test_the_page_is_for_signed_callers_and_for_moves_of_the_account(make_account: MakeAccount) -> None:
    account, other = _account(make_account), _account(make_account)
    move = account.ask("chat", dry_run=True)
    account.report(move)
    assert account.page(move)[0] == 200
    assert account.page(move, signed=False) == (403, {"message": "Forbidden"})
    status, answer = other.page(move)
    assert (status, answer["error"]["code"]) == (404, "unknown_move")
