"""A verification that was never seen failing is none: every field is damaged once, found by name, and healed."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.sandbox.corrupt_fields import (
    ATTACHMENTS,
    CHANNEL,
    CONTACT,
    CONVERSATION,
    ITEMS,
    MESSAGES,
    TICKET,
)
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json

LAST = "messages[1]"
FILE = "messages[0].attachments[0]"
FIELDS = {
    **{name: name for name in (*CONVERSATION, *CONTACT)},
    **{name: name.replace("messages", LAST) for name in MESSAGES},
    **{name: name.replace("attachments", FILE) for name in ATTACHMENTS},
    "attachments.bytes": f"{FILE}.sha256",
    **{name: name for name in TICKET},
    "ticket.id": "ticket_id",  # what the move recorded: the id that the conversation names
    "dropped": "conversation",
    "doubled": "conversation",
    "swapped": "messages[0].id",
    "message_dropped": "messages.length",
    "message_doubled": "messages.length",
    "attachment_dropped": "messages[0].attachments.length",
    "attachment_doubled": "messages[0].attachments.length",
    "ticket_dropped": "ticket",
}
COUNTED = {"dropped": "missing", "doubled": "extra"}


def seed(make_account: MakeAccount, *, kept_ticket: bool) -> Account:
    first = exports.message("c0-m0", "first", attachments=[exports.attachment("c0-f0")])
    second = exports.message("c0-m1", "second", "2024-01-01T10:00:01.000Z")
    conversations = [
        exports.conversation(
            "c0",
            "chat",
            messages=[first, second],
            owner_id="with-access",
            ticket_id="t0" if kept_ticket else None,
        ),
        exports.conversation("c1", "chat"),
    ]
    tickets = [exports.ticket("t0", "c0", owner_id="with-access")] if kept_ticket else []
    return make_account(
        exports.export(exports.new_account_id("differences"), conversations=conversations, tickets=tickets)
    )


def resumed(account: Account, move: str) -> Json:
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    return dict(account.ended(move, "done", "paused")["report"])


def same_as_source(account: Account, source: list[Json], folder: Path) -> None:
    dump = account.dump(folder)
    held = dump.by_id("help_desk/conversations.jsonl")
    for conversation in source:
        found = held[conversation["id"]]
        assert {**found, "ticket_id": None} == {**conversation, "ticket_id": None}
    assert len(held) == len(source)
    tickets = dump.rows("help_desk/tickets.jsonl")
    assert sorted(ticket["conversation_id"] for ticket in tickets) == sorted(held)
    assert {ticket["id"] for ticket in tickets} == {row["ticket_id"] for row in held.values()}
    assert dump.rows("inbox/conversations.jsonl") == []


@pytest.mark.requirement("X-11", "X-07")
@pytest.mark.parametrize(
    ("damage", "kept_ticket"),
    [
        *((name, True) for name in (*CONVERSATION, *CONTACT, *MESSAGES, *ATTACHMENTS, *TICKET, *ITEMS)),
        *((name, False) for name in (*TICKET, "ticket_dropped")),
    ],
)
def test_damage_pauses_the_move_names_item_and_field_and_resume_heals_it(
    make_account: MakeAccount, tmp_path: Path, damage: str, *, kept_ticket: bool
) -> None:
    account = seed(make_account, kept_ticket=kept_ticket)
    source = account.dump(tmp_path / "before").rows("inbox/conversations.jsonl")
    account.sandbox.faults(account.id, f"corrupt={damage}")
    move = account.ask("chat")
    report = account.ended(move, "paused", "done")["report"]
    assert account.sandbox.fault_counts(account.id)[f"corrupt={damage}"]["done"] == 1
    assert report["status"] == "paused"
    assert report["paused_because"]["code"] == "verification_failed"
    assert {difference["id"] for difference in report["differences"]} == {"c0"}
    assert FIELDS[damage] in {difference["field"] for difference in report["differences"]}
    counts = report["counts"]["conversations"]
    wrong = {name: counts[name] for name in ("missing", "extra", "mismatched")}
    assert wrong == {"missing": 0, "extra": 0, "mismatched": 0, COUNTED.get(damage, "mismatched"): 1}
    healed = resumed(account, move)
    assert healed["status"] == "done"
    assert healed["differences"] == []
    assert healed["counts"]["conversations"] == {
        "source": 2,
        "moved": 2,
        "skipped": 0,
        "quarantined": 0,
        "missing": 0,
        "extra": 0,
        "mismatched": 0,
    }
    same_as_source(account, source, tmp_path / "after")


@pytest.mark.requirement("X-11", "H-10")
@pytest.mark.parametrize("damage", CHANNEL)
def test_damage_to_the_channel_pauses_the_move_before_it_switches_and_resume_heals_it(
    make_account: MakeAccount, tmp_path: Path, damage: str
) -> None:
    account = seed(make_account, kept_ticket=True)
    source = account.dump(tmp_path / "before").rows("inbox/channels.jsonl")
    account.sandbox.faults(account.id, f"corrupt={damage}")
    move = account.ask("chat")
    report = account.ended(move, "paused", "done")["report"]
    assert report["status"] == "paused"
    assert report["paused_because"]["code"] == "settings_differ"
    assert {difference["id"] for difference in report["differences"]} == {"chat"}
    assert all(difference["field"].startswith(damage) for difference in report["differences"])
    assert report["differences"]
    assert "POST /v1/inbox/channels/{id}/switch" not in calls(account)
    healed = resumed(account, move)
    assert healed["status"] == "done"
    assert healed["differences"] == []
    assert account.dump(tmp_path / "after").rows("help_desk/channels.jsonl") == source


def calls(account: Account) -> list[str]:
    return [f"{call['method']} {call['path']}" for call in account.sandbox.calls(account.id)]


def report_file(account: Account, move: str, ending: str) -> bytes:
    key = f"reports/{account.id}/{move}.{ending}"
    answer: Any = account.stack.client("s3").get_object(Bucket=account.stack.physical_id("Bucket"), Key=key)
    return bytes(answer["Body"].read())


@pytest.mark.requirement("X-11")
def test_the_report_can_be_downloaded_as_json_and_as_csv_and_holds_no_customers_words(
    make_account: MakeAccount,
) -> None:
    account = seed(make_account, kept_ticket=True)
    account.sandbox.faults(account.id, "corrupt=messages.text")
    move = account.ask("chat")
    shown = account.ended(move, "paused")["report"]
    stored = json.loads(report_file(account, move, "json"))
    rows = list(csv.reader(io.StringIO(report_file(account, move, "csv").decode())))
    source = f"sha256:{hashlib.sha256(b'second').hexdigest()[:16]} (6 characters)"
    target = f"sha256:{hashlib.sha256(b'second-corrupted').hexdigest()[:16]} (16 characters)"
    assert stored == shown
    assert stored["differences"] == [{"id": "c0", "field": f"{LAST}.text", "source": source, "target": target}]
    assert rows == [["id", "field", "source", "target"], ["c0", f"{LAST}.text", source, target]]


@pytest.mark.requirement("X-11")
def test_the_counts_of_a_done_move_are_exact(make_account: MakeAccount) -> None:
    account_id = exports.new_account_id("counts")
    files = [exports.attachment(f"f{n}", bytes([n])) for n in range(3)]
    conversations = [
        exports.conversation("c0", "chat", messages=[exports.message("m0", attachments=files[:2])], ticket_id="t0"),
        exports.conversation("c1", "chat", messages=[exports.message("m1", attachments=files[2:])], archived=True),
        exports.conversation("c2", "chat", messages=[], status="open"),
        exports.conversation("c3", "chat"),
        exports.conversation("c4", "chat"),
        exports.conversation("elsewhere", "other"),
    ]
    channels = [exports.channel("chat"), exports.channel("other")]
    account = make_account(
        exports.export(account_id, channels=channels, conversations=conversations, tickets=[exports.ticket("t0", "c0")])
    )
    account.sandbox.faults(account_id, "refuse=c4")
    report = account.move("chat")
    assert report["status"] == "done"
    assert report["counts"] == {
        "conversations": {
            "source": 5,
            "moved": 4,
            "skipped": 0,
            "quarantined": 1,
            "missing": 0,
            "extra": 0,
            "mismatched": 0,
        },
        "tickets": {"kept": 1, "created": 3},
        "messages": 4,
        "attachments": 3,
    }
    stored = json.loads(report_file(account, report["move_id"], "json"))
    assert stored == report
