"""X-09: no customer gets a message because of a backfill; and what the import's flags are there for."""

import json
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import before_page, resume
from tests.support.moves import Account, Dump

STARTED = "2019-06-01T08:00:00.000Z"


def seed(make_account: MakeAccount) -> Account:
    conversations = [
        exports.conversation(f"c{n}", "chat", status="open", owner_id="with-access", started_at=STARTED)
        for n in range(4)
    ]
    conversations[0]["ticket_id"] = "t0"
    tickets = [exports.ticket("t0", "c0", owner_id="with-access")]
    return make_account(exports.export(exports.new_account_id("quiet"), conversations=conversations, tickets=tickets))


def customers_of(dump: Dump) -> list[tuple[str, str]]:
    return [(sent["to"], sent["cause"]) for sent in dump.rows("sent.jsonl") if sent["to_kind"] == "customer"]


@pytest.mark.requirement("X-09")
def test_a_move_with_a_failure_and_a_resume_sends_no_customer_anything(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id,lost_response=0.05")
    move = account.ask("chat")
    account.ended(move, "paused")
    assert resume(account, move)["status"] == "done"
    dump = account.dump(tmp_path)
    assert customers_of(dump) == []
    assert {sent["to_kind"] for sent in dump.rows("sent.jsonl")} == {"agent"}  # H-36: agents do hear of it
    assert len(dump.rows("help_desk/tickets.jsonl")) == 4


@pytest.mark.requirement("X-09")
def test_customers_hear_only_of_what_people_did_meanwhile(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)

    def answer() -> None:
        author = {"kind": "agent", "id": "with-access"}
        account.sandbox.live(account.id, "message", conversation_id="c1", text="We are on it.", author=author)
        account.sandbox.live(account.id, "new_conversation", channel_id="chat", text="Hi")

    with before_page(account, "verify_conversations", 1, answer):
        report = account.move("chat")
    told = customers_of(account.dump(tmp_path))
    assert report["status"] == "done"
    assert told[0] == ("zoe@mail.example", "live:c1")
    assert [cause.split(":")[0] for _, cause in told] == ["live", "live"]


@pytest.mark.requirement("X-09")
def test_tickets_of_the_past_raise_no_alert_of_the_sla(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    account.sandbox.set_options(account.id, notifications={"new_ticket": False, "assignment": False})
    assert account.move("chat")["status"] == "done"
    dump = account.dump(tmp_path)
    assert [ticket["sla"] for ticket in dump.rows("help_desk/tickets.jsonl")] == [{"first_reply_minutes": 60}] * 4
    assert dump.rows("sent.jsonl") == []


def call(account: Account, method: str, path: str, body: object) -> None:
    answer = urllib3.request(
        method,
        f"{account.sandbox.api_url}{path}",
        body=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {account.token}", "content-type": "application/json"},
    )
    assert answer.status == 200, answer.data


def item(conversation: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in conversation.items() if name not in {"id", "ticket_id"}}
    ticket = {
        "external_id": None,
        "subject": "a subject",
        "status": "new",
        "created_at": conversation["started_at"],
        "owner_id": None,
        "sla_clock": "created",
    }
    return {**kept, "external_id": conversation["id"], "source_version": 1, "ticket": ticket}


@pytest.mark.requirement("X-09", "X-07", "H-18")
@pytest.mark.parametrize("flags", [{}, {"import": True}, {"suppress_customer_messages": True}])
def test_without_the_flags_customers_are_mailed_and_times_are_wrong(
    make_account: MakeAccount, tmp_path: Path, flags: dict[str, bool]
) -> None:
    account = seed(make_account)
    channel = exports.channel("chat")
    call(account, "PUT", "/help_desk/channels/chat", channel)
    conversation = account.dump(tmp_path / "1").by_id("inbox/conversations.jsonl")["c1"]
    call(account, "POST", "/help_desk/imports", {**flags, "items": [item(conversation)]})
    dump = account.dump(tmp_path / "2")
    held = dump.by_id("help_desk/conversations.jsonl")["c1"]
    kept = "import" in flags
    assert (held["started_at"] == STARTED) is kept
    assert (dump.rows("help_desk/tickets.jsonl")[0]["created_at"] == STARTED) is kept
    assert ([m["at"] for m in held["messages"]] == [m["at"] for m in conversation["messages"]]) is kept
    assert {m["author"]["kind"] for m in held["messages"]} == ({"visitor"} if kept else {"system"})
    mailed = [] if "suppress_customer_messages" in flags else [("zoe@mail.example", "backfill:c1")]
    assert customers_of(dump) == mailed
