"""What comes to a channel, or goes from it, between the last look and the channel's leaving the inbox."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.interleaving import around_call, as_operator
from tests.support.looking import resolved_state
from tests.support.moves import Account, Hold, Json, until
from tests.support.proxy import Given, Passed, between

HELD = "help_desk/conversations.jsonl"


def seed(make_account: MakeAccount, options: Json | None = None) -> Account:
    chats = [exports.conversation(f"c{n}", "chat") for n in range(3)]
    export = exports.export(
        exports.new_account_id("last-moment"),
        channels=[exports.channel("chat"), exports.channel("mail", "email", address="a@b.example")],
        conversations=[*chats, exports.conversation("m0", "mail")],
    )
    return make_account(export, options=options)


def before_the_channel_leaves(do: Callable[[], object]) -> Callable[[Passed], Given | None]:
    """Do something once, just before the channel leaves the inbox."""
    done: list[bool] = []

    def rule(call: Passed) -> None:
        if (call.method, call.path) == ("DELETE", "/v1/inbox/channels/chat") and not done:
            done.append(True)
            do()

    return rule


def without_webhooks(call: Passed) -> Given | None:
    return Given(200) if call.path.startswith("/v1/webhooks/") else None


@pytest.mark.requirement("H-25")
def test_one_that_comes_while_the_platform_does_not_list_it_yet_is_moved(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account, {"listing_lag_ms": 1500})
    with between(account, without_webhooks), Hold(account.stack, "settle_move") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "move_channel", conversation_id="m0", channel_id="chat")
        hold.go_on()
        report = account.report(move)
    dump = account.dump(tmp_path)
    assert report["status"] == "done"
    assert sorted(dump.by_id(HELD)) == ["c0", "c1", "c2", "m0"]
    assert dump.rows("inbox/conversations.jsonl") == []
    assert report["counts"]["conversations"]["moved"] == 4


@pytest.mark.requirement("H-24")
@pytest.mark.parametrize("gone", ["privacy_delete", "move_channel"])
def test_one_that_comes_and_goes_again_after_the_last_look_leaves_no_copy(
    make_account: MakeAccount, tmp_path: Path, gone: str
) -> None:
    account = seed(make_account)
    facts = {"channel_id": "mail"} if gone == "move_channel" else {}

    def goes() -> None:
        account.sandbox.live(account.id, gone, conversation_id="m0", **facts)

    def comes() -> None:
        account.sandbox.live(account.id, "move_channel", conversation_id="m0", channel_id="chat")
        until(lambda: resolved_state(account, "m0") == "copied", "the webhook has it copied")

    def settled(call: Callable[[], object]) -> object:
        as_operator(comes)
        return call()

    rule = before_the_channel_leaves(goes)
    with between(account, rule), around_call("finish_move", "GetItem", lambda _: True, settled):
        report = account.report(account.ask("chat"))
    assert report["status"] == "done"
    assert sorted(account.dump(tmp_path).by_id(HELD)) == ["c0", "c1", "c2"]
    assert resolved_state(account, "m0") == ("deleted" if gone == "privacy_delete" else "departed")


@pytest.mark.requirement("X-11")
def test_one_set_aside_that_goes_after_the_last_look_is_counted_no_more(make_account: MakeAccount) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "refuse=c1")

    def goes() -> None:
        account.sandbox.live(account.id, "delete", conversation_id="c1")

    with between(account, before_the_channel_leaves(goes)):
        report = account.report(account.ask("chat"))
    counts = report["counts"]["conversations"]
    assert report["status"] == "done"
    assert report["quarantined"] == []
    assert (counts["source"], counts["moved"], counts["quarantined"]) == (2, 2, 0)
