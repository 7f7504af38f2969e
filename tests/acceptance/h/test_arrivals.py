from pathlib import Path

import pytest

from tests.acceptance.h.replay import Replay, as_before, old_id
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Dump, Hold, Json, until

WITH_ACCESS = {"admin", "with-access"}


def _account(make_account: MakeAccount, **options: object) -> Account:
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


def _nothing_lost_nothing_twice(account: Account, report: Json, before: Dump, folder: Path) -> Replay:
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
    assert report["counts"]["conversations"]["moved"] == len(replay.moved)
    assert [m for m in after.rows("sent.jsonl") if m["cause"].startswith("backfill:") and m["to_kind"] != "agent"] == []
    return replay


@pytest.mark.requirement("H-25", "H-21", "H-11")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_arrives_while_the_move_runs_is_there_once(make_account: MakeAccount, tmp_path: Path, seed: int) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 60, "chat", seed)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    replay = _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    events = account.sandbox.state(account.id)["events"]
    assert len(events) == 60
    assert {event["where"] for event in events} == {"inbox", "help_desk"}
    assert replay.born


@pytest.mark.requirement("H-25", "H-16", "H-21")
def test_so_it_is_when_the_help_desk_gives_new_ids(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account, ids="new")
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 60, "chat", 7)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25")
def test_so_it_is_when_listings_lag_behind(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account, listing_lag_ms=400)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 40, "chat", 4)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25")
@pytest.mark.parametrize(
    "faults",
    ["shuffle_webhooks=0.5,duplicate_webhooks=0.5", "500=0.1,lost_response=0.1,shuffle_webhooks=0.2,seed=2"],
)
def test_so_it_is_when_the_platform_misbehaves(make_account: MakeAccount, tmp_path: Path, faults: str) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.faults(account.id, faults)
    account.sandbox.arrivals(account.id, 40, "chat", 5)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    done = {name: count["done"] for name, count in account.sandbox.fault_counts(account.id).items()}
    assert min(done.values()) > 0


@pytest.mark.requirement("H-25")
def test_so_it_is_when_no_webhook_is_believed(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account, webhook_secrets=["whsec_bm90IHRoZSBzZWNyZXQgdGhhdCB3YXMgYWdyZWVk"])
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 40, "chat", 6)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


def _all_kinds_happen(account: Account) -> None:
    """Let something of every kind happen, each to a conversation of its own."""
    agent = {"kind": "agent", "id": "with-access"}
    happenings: list[tuple[str, Json]] = [
        ("message", {"conversation_id": "open", "text": "a visitor's reply"}),
        ("message", {"conversation_id": "archived", "text": "a reply to an archived one"}),
        ("message", {"conversation_id": "empty", "text": "the first message"}),
        ("message", {"conversation_id": "ticketed", "text": "an agent's reply", "author": agent}),
        ("message", {"conversation_id": "of-mail", "text": "on another channel"}),
        ("change", {"conversation_id": "open-too", "change": {"status": "closed"}}),
        ("change", {"conversation_id": "closed-0", "change": {"owner_id": "with-access"}}),
        ("change", {"conversation_id": "closed-1", "change": {"status": "open", "owner_id": "without-access"}}),
        ("delete", {"conversation_id": "closed-2"}),
        ("privacy_delete", {"conversation_id": "closed-3"}),
        ("new_conversation", {"channel_id": "chat", "text": "somebody new"}),
    ]
    for kind, facts in happenings:
        account.sandbox.live(account.id, kind, **facts)


@pytest.mark.requirement("H-25")
@pytest.mark.parametrize(
    ("step", "look"),
    [
        pytest.param("list_conversations", 1, id="before anything is listed"),
        pytest.param("list_conversations", 4, id="between listing and import"),
        pytest.param("catch_up", 1, id="after the import"),
        pytest.param("verify_conversations", 1, id="after the changes were read"),
        pytest.param("verify_conversations", 2, id="after the second listing was compared"),
        pytest.param("release_conversations", 1, id="between verification and release"),
        pytest.param("settle_move", 1, id="after the release"),
    ],
)
def test_whatever_happens_between_two_steps_is_there_once(
    make_account: MakeAccount, tmp_path: Path, step: str, look: int
) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, step, look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        _all_kinds_happen(account)
    report = account.report(move)
    replay = _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    assert len(replay.born) == 1
    assert {"closed-2", "closed-3"}.isdisjoint(replay.held)
    where = {event.get("conversation_id"): event["where"] for event in account.sandbox.state(account.id)["events"]}
    assert where["open"] == ("help_desk" if step == "settle_move" else "inbox")


@pytest.mark.requirement("H-25")
@pytest.mark.parametrize("look", [3, 4], ids=["while it is listed", "before it is imported"])
def test_several_deletions_at_once_do_not_stop_the_move(make_account: MakeAccount, tmp_path: Path, look: int) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "list_conversations", look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        for n, kind in enumerate(("delete", "privacy_delete", "delete", "privacy_delete")):
            account.sandbox.live(account.id, kind, conversation_id=f"closed-{n}")
        account.sandbox.live(account.id, "delete", conversation_id="open")
    report = account.report(move)
    replay = _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    gone = {"open", *(f"closed-{n}" for n in range(4))}
    assert gone.isdisjoint(replay.held)


@pytest.mark.requirement("H-25")
def test_one_that_changes_after_it_was_verified_is_not_released_in_its_old_version(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "release_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "message", conversation_id="open", text="just in time")
    report = account.report(move)
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    statuses = [call["status"] for call in account.calls("POST", "/v1/inbox/conversations/release")]
    assert statuses == [207, 200]


@pytest.mark.requirement("H-25")
def test_what_a_webhook_tells_is_copied_before_the_changes_are_read(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "catch_up") as hold:
        move = account.ask("chat")
        hold.reached()
        imports = len(account.calls("POST", "/v1/help_desk/imports"))
        account.sandbox.live(account.id, "message", conversation_id="open", text="told at once")
        until(lambda: len(account.calls("POST", "/v1/help_desk/imports")) == imports + 1, "the capture's import")
        assert account.calls("GET", "/v1/inbox/changes") == []
    _nothing_lost_nothing_twice(account, account.report(move), before, tmp_path / "after")


@pytest.mark.requirement("H-25")
def test_what_arrives_before_the_switch_moves_and_what_arrives_after_it_is_born_in_the_help_desk(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 3, "chat", 1)
    report = account.move("chat")
    events = account.sandbox.state(account.id)["events"]
    called = {n: call["path"] for call in account.sandbox.calls(account.id) for n in call["arrivals"]}
    assert [called[event["n"]] for event in events] == [
        "/v1/notices/banner",
        "/v1/help_desk/channels/{id}",
        "/v1/inbox/channels/{id}/switch",
    ]
    assert events[0]["where"] == "inbox"
    _nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    assert account.sandbox.live(account.id, "new_conversation", channel_id="chat")["where"] == "help_desk"
