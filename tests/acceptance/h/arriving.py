"""The account that tests of arrivals share, and the comparison of its end state with all that happened."""

from pathlib import Path

from tests.acceptance.h.replay import Replay, as_before, old_id
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Dump, Json

WITH_ACCESS = {"admin", "with-access"}


def busy_account(make_account: MakeAccount, **options: object) -> Account:
    """Make an account with conversations of every kind on its channel, and one beside it."""
    conversations = [
        exports.conversation("open", "chat", status="open", owner_id="with-access"),
        exports.conversation("open-too", "chat", status="open", owner_id="without-access"),
        exports.conversation("archived", "chat", archived=True),
        exports.conversation("archived-open", "chat", archived=True, status="open"),
        exports.conversation("empty", "chat", messages=[]),
        exports.conversation("ticketed", "chat", ticket_id="t-ticketed"),
        *(exports.conversation(f"closed-{n}", "chat") for n in range(6)),
        exports.conversation("of-mail", "mail"),
    ]
    channels = [exports.channel("chat"), exports.channel("mail", "email")]
    made = exports.export(
        exports.new_account_id("arrivals"),
        channels=channels,
        conversations=conversations,
        tickets=[exports.ticket("t-ticketed", "ticketed", owner_id="without-access")],
    )
    return make_account(made, options=options)


def assert_nothing_lost_nothing_twice(account: Account, report: Json, before: Dump, folder: Path) -> Replay:
    """Compare the help desk with the account before and all that happened since, field by field."""
    after = account.dump(folder)
    replay = Replay(before, after, "chat")
    rows = after.rows("help_desk/conversations.jsonl")
    assert (report["status"], report["paused_because"]) == ("done", None)
    assert (report["differences"], report["quarantined"]) == ([], [])
    assert {old_id(row): as_before(row) for row in rows} == replay.held
    assert len(rows) == len(replay.held)
    tickets = after.by_id("help_desk/tickets.jsonl")
    assert {row["id"]: row["ticket_id"] for row in rows} == {t["conversation_id"]: t["id"] for t in tickets.values()}
    assert len(tickets) == len(rows)
    created = replay.created_tickets("new", "closed", WITH_ACCESS)
    made = {old_id(row): tickets[row["ticket_id"]] for row in rows}
    assert {one: {name: made[one][name] for name in created[one]} for one in created} == created
    assert [row["id"] for row in after.rows("inbox/conversations.jsonl")] == ["of-mail"]
    assert report["counts"]["conversations"]["moved"] == len(replay.held.keys() - replay.born)
    assert [m for m in after.rows("sent.jsonl") if m["cause"].startswith("backfill:") and m["to_kind"] != "agent"] == []
    return replay
