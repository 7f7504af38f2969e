"""All channels of the shared sample account, one after the other, while people go on writing."""

import gzip
import json
from pathlib import Path

import pytest

from tests.acceptance.h.replay import Replay, as_before, old_id
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Json
from tests.support.product import SHARED_DATA

SAMPLE = SHARED_DATA / "account-small"
MOVES = ["acme-form", "acme-chat", "acme-email", "acme-phone"]
STAYS = ["acme-bot", "acme-messenger", "acme-whatsapp"]


def _sample() -> Json:
    """Read the sample account under an id of this test's own."""

    def rows(name: str) -> list[Json]:
        with gzip.open(SAMPLE / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    account = json.loads((SAMPLE / "account.json").read_text(encoding="utf-8"))
    names = ("agents", "channels", "conversations", "tickets")
    return {"account": {**account, "id": exports.new_account_id("sample")}, **{name: rows(name) for name in names}}


@pytest.mark.requirement("H-02", "H-04", "H-15", "H-25", "H-33")
@pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"{SAMPLE} is not here")
def test_all_that_can_move_of_a_real_account_is_there_once(make_account: MakeAccount, tmp_path: Path) -> None:
    made = _sample()
    account = make_account(made)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 100, "acme-chat", 11)
    moves = [account.ask(channel_id, requested_by="acme-agent-0") for channel_id in MOVES]
    reports = [account.report(move) for move in moves]
    account.sandbox.finish_arrivals(account.id)
    after = account.dump(tmp_path / "after")
    assert [(report["status"], report["differences"], report["quarantined"]) for report in reports] == [
        ("done", [], [])
    ] * len(MOVES)
    rows = after.rows("help_desk/conversations.jsonl")
    held: Json = {}
    for channel_id in MOVES:
        held |= Replay(before, after, channel_id).held
    assert {old_id(row): as_before(row) for row in rows} == held
    assert len(rows) == len(held)
    assert after.rows("inbox/conversations.jsonl") == []
    tickets = after.by_id("help_desk/tickets.jsonl")
    assert {row["id"]: row["ticket_id"] for row in rows} == {t["conversation_id"]: t["id"] for t in tickets.values()}
    kept = [{name: tickets[ticket["id"]][name] for name in ticket} for ticket in made["tickets"]]
    assert kept == made["tickets"]
    moved = sorted((c for c in made["channels"] if c["id"] in MOVES), key=lambda channel: str(channel["id"]))
    assert after.rows("help_desk/channels.jsonl") == moved
    assert [row["id"] for row in after.rows("inbox/channels.jsonl")] == STAYS
    refused = [account.move(channel_id, requested_by="acme-agent-0")["status"] for channel_id in STAYS]
    assert refused == ["refused", "refused", "refused"]
