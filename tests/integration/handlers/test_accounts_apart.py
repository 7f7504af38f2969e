"""Accounts of one stack never see each other's moves, ids, webhooks or tokens."""

import json
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import Hold, calls, files, record
from tests.support.moves import Account, until

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=local"}


def twins(make_account: MakeAccount) -> tuple[Account, Account]:
    """Two accounts whose conversations, channels and tickets have the same ids, and other words."""
    made = []
    for name in ("first", "second"):
        conversations = [
            exports.conversation(
                f"c{n}", "chat", messages=[exports.message(f"m{n}", f"of the {name}")], ticket_id=f"t{n}"
            )
            for n in range(3)
        ]
        tickets = [exports.ticket(f"t{n}", f"c{n}") for n in range(3)]
        export = exports.export(exports.new_account_id(name), conversations=conversations, tickets=tickets)
        made.append(make_account(export))
    return made[0], made[1]


def texts(account: Account, folder: Path, where: str) -> set[str]:
    rows = account.dump(folder / account.id).rows(f"{where}/conversations.jsonl")
    return {message["text"] for row in rows for message in row["messages"]}


def test_a_move_of_one_touches_nothing_of_the_other(make_account: MakeAccount, tmp_path: Path) -> None:
    first, second = twins(make_account)
    assert first.move("chat")["status"] == "done"
    assert calls(second) == []
    assert texts(second, tmp_path, "inbox") == {"of the second"}
    assert texts(first, tmp_path, "help_desk") == {"of the first"}


def test_both_move_at_the_same_time_each_with_its_own_slot(make_account: MakeAccount, tmp_path: Path) -> None:
    first, second = twins(make_account)
    hold = Hold()
    with hold.at(first, "list_conversations"):
        held = first.ask("chat")
        hold.reached()
        assert second.move("chat")["status"] == "done"
        assert first.status(held) == "running"
    assert first.report(held)["status"] == "done"
    for account, name in ((first, "first"), (second, "second")):
        assert texts(account, tmp_path, "help_desk") == {f"of the {name}"}


def test_moves_ids_and_files_are_kept_apart(make_account: MakeAccount) -> None:
    first, second = twins(make_account)
    moves = {account.id: account.move("chat")["move_id"] for account in (first, second)}
    assert moves[first.id] != moves[second.id]
    for account in (first, second):
        for one in ("c0", "t0"):
            found = account.stack.invoke("resolve_id", {"account_id": account.id, "id": one})
            assert found["move_id"] in {moves[account.id], None}
        assert all(moves[account.id] in key for key in files(account, f"reports/{account.id}/"))
        assert record(account, moves[account.id])["account_id"] == account.id


@pytest.mark.parametrize("path", ["moves/{move}", "ids/c0"])
def test_the_http_api_shows_each_account_only_its_own(make_account: MakeAccount, path: str) -> None:
    first, _ = twins(make_account)
    stranger = make_account(exports.export(exports.new_account_id("stranger")))
    place = path.format(move=first.move("chat")["move_id"])
    answers: dict[str, Any] = {}
    for account in (first, stranger):
        answer = urllib3.request("GET", f"{first.stack.http_url}/accounts/{account.id}/{place}", headers=SIGNED)
        answers[account.id] = (answer.status, answer.json())
    assert answers[first.id][0] == 200
    assert answers[stranger.id][0] == 404
    assert first.id not in json.dumps(answers[stranger.id][1])


def test_a_note_of_one_account_reads_only_its_own_conversation(make_account: MakeAccount) -> None:
    first, second = twins(make_account)
    hold = Hold()
    with hold.at(first, "verify_conversations"):
        move = first.ask("chat")
        hold.reached()
        before = calls(first)
        first.stack.send("ChangesQueue", {"account_id": second.id, "conversation_id": "c0"})
        first.stack.send("ChangesQueue", {"account_id": second.id, "conversation_id": first.id})
        until(lambda: first.stack.queue_messages("ChangesQueue") == [], "both notes are dealt with")
        assert calls(first) == before
        assert calls(second) == []
    assert first.report(move)["status"] == "done"


def test_each_account_is_called_with_its_own_token(make_account: MakeAccount) -> None:
    first, second = twins(make_account)
    first.stack.client("secretsmanager").put_secret_value(
        SecretId=first.connection.secret_arn, SecretString="no-token-of-any-account"
    )
    assert first.move("chat")["status"] == "paused"
    assert second.move("chat")["status"] == "done"
    assert calls(first) == []
