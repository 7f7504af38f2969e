from pathlib import Path

import pytest

from tests.acceptance.h.arriving import assert_nothing_lost_nothing_twice, busy_account
from tests.conftest import MakeAccount
from tests.support.moves import Account, Hold, Json, until


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
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, step, look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        _all_kinds_happen(account)
    report = account.report(move)
    replay = assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    assert len(replay.born) == 1
    assert {"closed-2", "closed-3"}.isdisjoint(replay.held)
    where = {event.get("conversation_id"): event["where"] for event in account.sandbox.state(account.id)["events"]}
    assert where["open"] == ("help_desk" if step == "settle_move" else "inbox")


@pytest.mark.requirement("H-25")
@pytest.mark.parametrize("look", [3, 4], ids=["while it is listed", "before it is imported"])
def test_several_deletions_at_once_do_not_stop_the_move(make_account: MakeAccount, tmp_path: Path, look: int) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "list_conversations", look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        for n, kind in enumerate(("delete", "privacy_delete", "delete", "privacy_delete")):
            account.sandbox.live(account.id, kind, conversation_id=f"closed-{n}")
        account.sandbox.live(account.id, "delete", conversation_id="open")
    report = account.report(move)
    replay = assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    gone = {"open", *(f"closed-{n}" for n in range(4))}
    assert gone.isdisjoint(replay.held)


@pytest.mark.requirement("H-25")
def test_one_that_changes_after_it_was_verified_is_not_released_in_its_old_version(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "release_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "message", conversation_id="open", text="just in time")
    report = account.report(move)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    statuses = [call["status"] for call in account.calls("POST", "/v1/inbox/conversations/release")]
    assert statuses == [207, 200]


@pytest.mark.requirement("H-25")
def test_what_a_webhook_tells_is_copied_before_the_changes_are_read(make_account: MakeAccount, tmp_path: Path) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    with Hold(account.stack, "catch_up") as hold:
        move = account.ask("chat")
        hold.reached()
        imports = len(account.calls("POST", "/v1/help_desk/imports"))
        account.sandbox.live(account.id, "message", conversation_id="open", text="told at once")
        until(lambda: len(account.calls("POST", "/v1/help_desk/imports")) == imports + 1, "the capture's import")
        assert account.calls("GET", "/v1/inbox/changes") == []
    assert_nothing_lost_nothing_twice(account, account.report(move), before, tmp_path / "after")
