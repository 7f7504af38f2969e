"""X-08: one bad item is set aside with its reason, the rest goes on, and it can be tried again alone."""

from pathlib import Path

import msgspec
import pytest

from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import IMPORT, Hold, calls
from tests.support.moves import Account
from tests.support.proxy import Given, Passed, between


def seed(make_account: MakeAccount, count: int = 6) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(count)]
    return make_account(exports.export(exports.new_account_id("quarantine"), conversations=conversations))


def retry(account: Account, move: str, *ids: str) -> object:
    event = {"account_id": account.id, "move_id": move, "conversation_ids": list(ids)}
    return account.stack.invoke("retry_conversations", event)


@pytest.mark.requirement("X-08")
def test_a_refused_one_stays_with_its_reason_the_rest_moves_and_it_is_moved_alone_later(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "refuse=c2,refuse=c4")
    report = account.move("chat")
    dump = account.dump(tmp_path / "1")
    move = report["move_id"]
    aside = {"code": "rejected_by_help_desk", "reason": "refused", "version": 1}
    assert report["status"] == "done"
    assert report["quarantined"] == [{"conversation_id": one, **aside} for one in ("c2", "c4")]
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["c0", "c1", "c3", "c5"]
    assert sorted(dump.by_id("inbox/conversations.jsonl")) == ["c2", "c4"]
    account.sandbox.faults(account.id, "refuse=c4")
    before = calls(account).count(IMPORT)
    assert retry(account, move, "c2", "c4", "c0") == {"moved": ["c2"], "still_quarantined": ["c4"]}
    assert calls(account).count(IMPORT) - before == 1
    renewed = account.show(move)["report"]
    dump = account.dump(tmp_path / "2")
    assert [item["conversation_id"] for item in renewed["quarantined"]] == ["c4"]
    assert renewed["counts"]["conversations"]["moved"] == 5
    assert renewed["counts"]["conversations"]["quarantined"] == 1
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["c0", "c1", "c2", "c3", "c5"]
    assert len(dump.rows("help_desk/tickets.jsonl")) == 5
    account.sandbox.faults(account.id, "")
    assert retry(account, move, "c4") == {"moved": ["c4"], "still_quarantined": []}
    assert retry(account, move, "c4") == {"moved": [], "still_quarantined": []}
    assert account.show(move)["report"]["quarantined"] == []
    assert account.dump(tmp_path / "3").rows("inbox/conversations.jsonl") == []


@pytest.mark.requirement("X-08")
def test_where_the_whole_batch_is_refused_the_bad_one_is_found(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)

    def rule(call: Passed) -> Given | None:
        bad = call.path == "/v1/help_desk/imports" and b'"external_id":"c3"' in call.body
        return Given(422, b'{"error": {"code": "bad_item", "message": "one of them"}}') if bad else None

    with between(account, rule) as proxy:
        report = account.move("chat")
    sent = [msgspec.json.decode(call.body)["items"] for call in proxy.passed if call.path == "/v1/help_desk/imports"]
    assert report["status"] == "done"
    assert report["quarantined"] == [
        {"conversation_id": "c3", "code": "rejected_by_help_desk", "reason": "bad_item", "version": 1}
    ]
    assert [len(items) for items in sent] == [6, 3, 3, 1, 2]
    assert report["counts"]["conversations"]["moved"] == 5
    assert sorted(account.dump(tmp_path).by_id("inbox/conversations.jsonl")) == ["c3"]


@pytest.mark.requirement("X-08")
def test_one_that_changed_after_it_was_set_aside_is_tried_again_by_the_move_itself(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "refuse=c2")
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        account.sandbox.faults(account.id, "")
        account.sandbox.live(account.id, "message", conversation_id="c2", text="hello?")
    report = account.report(move)
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert report["status"] == "done"
    assert report["quarantined"] == []
    assert [message["text"] for message in held["c2"]["messages"]] == ["hello", "again", "hello?"]


@pytest.mark.requirement("X-08")
def test_conversations_of_a_move_that_still_runs_or_never_began_are_not_retried(make_account: MakeAccount) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "list_conversations"):
        move = account.ask("chat")
        hold.reached()
        with pytest.raises(FunctionFailed) as failed:
            retry(account, move, "c0")
    assert "TransitionRefused" in str(failed.value)
    assert account.report(move)["status"] == "done"


@pytest.mark.requirement("X-08")
def test_one_is_moved_alone_by_the_sla_that_the_account_has_then(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "refuse=c1")
    move = account.move("chat")["move_id"]
    account.sandbox.faults(account.id, "")
    account.sandbox.set_options(account.id, sla={"first_reply_minutes": 5})
    assert retry(account, move, "c1") == {"moved": ["c1"], "still_quarantined": []}
    tickets = account.dump(tmp_path).rows("help_desk/tickets.jsonl")
    assert [ticket["sla"] for ticket in tickets if ticket["conversation_id"] == "c1"] == [{"first_reply_minutes": 5}]
