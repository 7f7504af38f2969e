"""Scenes of a move that takes its history along, and of all that can happen to that."""

import itertools

from infra.local.stack.principal import acting_as
from tests.integration.stack_as_deployed.played import FOREIGN_SECRET, Played, gone
from tests.support.looking import (
    PLENTY,
    Hold,
    before_page,
    kill,
    part_records,
    parts,
    resume,
)
from tests.support.moves import until
from tests.support.proxy import Given, Passed, between

FIRST_CLOSED_PAGE, LAST_PAGE = 3, 4
"""Each of open, open archived, closed and closed archived is listed apart; here each fits on a page."""


def arrivals_quarantine_and_retry(played: Played) -> None:
    """A muted move with arrivals and one item that is refused, also when a webhook brings it; then tried again."""
    conversations = [played.conversation(f"c{n}", status="open" if n % 2 else "closed") for n in range(6)]
    conversations[0]["ticket_id"] = "t0"
    account = played.account(conversations, [played.ticket("t0", "c0")], {"ids": "new"})
    account.sandbox.faults(account.id, "refuse=c2,duplicate_webhooks=0.2,page_limit=2")
    account.sandbox.arrivals(account.id, 20, "chat")
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat", mute=True)
        hold.reached()
        played.message(account, "c2")
        account.stack.send("ChangesQueue", {"account_id": account.id, "conversation_id": "c2"})
        until(lambda: account.stack.queue_messages("ChangesQueue") == [], "the change is dealt with")
    report = account.report(move)
    assert report["status"] == "done"
    assert [item["conversation_id"] for item in report["quarantined"]] == ["c2"]
    again = {"account_id": account.id, "move_id": move, "conversation_ids": ["c2"]}

    def write_first(call: Passed) -> Given | None:
        if call.path == "/v1/inbox/conversations/release":
            played.message(account, "c2")
        return None

    account.sandbox.faults(account.id, "refuse=c2")
    assert account.stack.invoke("retry_conversations", again) == {"moved": [], "still_quarantined": ["c2"]}
    account.sandbox.faults(account.id, "")
    with between(account, write_first):
        retried = account.stack.invoke("retry_conversations", again)
    assert retried["moved"] == []


def deletions(played: Played) -> None:
    """Conversations are deleted while the move runs: found by webhook, by the changes, and while set aside."""
    for secret in (None, FOREIGN_SECRET):
        conversations = [played.conversation(f"d{n}") for n in range(4)]
        account = played.account(conversations)
        account.sandbox.faults(account.id, "refuse=d3")
        if secret is not None:
            account.sandbox.set_options(account.id, webhook_secrets=[secret])
        hold = Hold()
        with hold.at(account, "catch_up"):
            move = account.ask("chat")
            hold.reached()
            texts = [conversations[n]["messages"][0]["text"].encode() for n in (0, 1, 3)]
            assert all(any(text in file for file in parts(account, move).values()) for text in texts)
            account.sandbox.live(account.id, "delete", conversation_id="d0")
            account.sandbox.live(account.id, "privacy_delete", conversation_id="d1")
            account.sandbox.live(account.id, "privacy_delete", conversation_id="d3")
            if secret is None:
                gone(account, move, texts)
        if secret is not None:
            assert account.report(move)["status"] == "done"
            continue
        assert account.report(move)["counts"]["conversations"]["moved"] == 1


def changed_at_every_step(played: Played) -> None:
    """Customers write in the gaps, heard of by nobody but the changes' cursor; one goes to another channel."""
    account = played.account([played.conversation(f"e{n}") for n in range(3)])
    account.sandbox.set_options(account.id, webhook_secrets=[FOREIGN_SECRET])
    with (
        before_page(account, "catch_up", 1, lambda: played.message(account, "e0")),
        before_page(account, "verify_conversations", 1, lambda: played.message(account, "e1")),
        before_page(account, "release_conversations", 1, lambda: played.message(account, "e2")),
        before_page(
            account,
            "settle_move",
            1,
            lambda: account.sandbox.live(account.id, "new_conversation", channel_id="chat", text=played.word("new")),
        ),
    ):
        assert account.move("chat")["status"] == "done"


def corruption(played: Played) -> None:
    """Damage is found by a muted move, which pauses, resumes and is done."""
    account = played.account([played.conversation(f"f{n}") for n in range(3)])
    account.sandbox.faults(account.id, "corrupt=messages.text")
    move = account.ask("chat", mute=True)
    paused = account.ended(move, "paused")
    played.shown.append(paused)
    assert resume(account, move)["status"] == "done"
    second = account.ask("mail", history="none")
    assert account.report(second)["status"] == "done"


def death(played: Played) -> None:
    """Aborted executions, heard of by the rule: one before its first round's end, one in the middle of its releases."""
    account = played.account([played.conversation("g0"), played.conversation("g1", "mail")])
    for channel, step in (("chat", "verify_conversations"), ("mail", "release_conversations")):
        hold = Hold()
        with hold.at(account, step):
            move = account.ask(channel, mute=True)
            hold.reached()
            kill(account, move)
            played.shown.append(account.show(move))
        account.stack.drain(60)
        assert resume(account, move)["status"] == "done"


def page_done_again(played: Played) -> None:
    """A lister dies between its part and its cursor; the page looks different when it is read again."""
    account = played.account([played.conversation("o0")])
    account.sandbox.set_options(account.id, webhook_secrets=[FOREIGN_SECRET])
    hold = Hold()
    with hold.at(account, "list_conversations", 3):
        move = account.ask("chat")
        hold.reached()
        kill(account, move)
    account.stack.drain(60)
    before = parts(account, move)
    assert len(before) == 1
    played.message(account, "o0")
    assert resume(account, move)["status"] == "done"


def part_lost(played: Played) -> None:
    """The bucket lost a part's file; one of its conversations was listed in two parts, and is deleted since."""
    account = played.account([played.conversation(f"p{n}", status="open") for n in range(2)])
    account.sandbox.set_options(account.id, webhook_secrets=[FOREIGN_SECRET])

    def close() -> None:
        account.sandbox.live(account.id, "change", conversation_id="p0", change={"status": "closed"})

    def lose() -> None:
        account.sandbox.live(account.id, "privacy_delete", conversation_id="p0")
        first = part_records(account, move)[0]["key"]
        account.stack.client("s3").delete_object(Bucket=account.stack.physical_id("Bucket"), Key=first)

    asked = itertools.count(1)

    def seconds() -> float:
        now = next(asked)
        with acting_as(None):
            close() if now == FIRST_CLOSED_PAGE else lose() if now == LAST_PAGE else None
        return PLENTY

    with account.stack.time_left("list_conversations", seconds):
        move = account.ask("chat")
        report = account.report(move)
    assert (report["status"], report["counts"]["conversations"]["moved"]) == ("done", 1)


def deleted_while_set_aside(played: Played) -> None:
    """A conversation that is set aside is deleted while the move is paused: trying it again takes its text away."""
    conversations = [played.conversation(f"q{n}") for n in range(2)]
    account = played.account(conversations)
    account.sandbox.faults(account.id, "refuse=q1,corrupt=owner_id")
    move = account.ask("chat")
    account.ended(move, "paused")
    account.stack.drain(60)
    account.sandbox.set_options(account.id, webhook_secrets=[FOREIGN_SECRET])
    account.sandbox.live(account.id, "privacy_delete", conversation_id="q1")
    again = {"account_id": account.id, "move_id": move, "conversation_ids": ["q1"]}
    assert account.stack.invoke("retry_conversations", again) == {"moved": [], "still_quarantined": []}
    gone(account, move, [message["text"].encode() for message in conversations[1]["messages"]])
    assert resume(account, move)["status"] == "done"


def set_aside_before_it_is_imported(played: Played) -> None:
    """A webhook brings a conversation that is refused; when its part is imported, it is taken after all."""
    account = played.account([played.conversation("n0")])
    account.sandbox.faults(account.id, "refuse=n0")
    hold = Hold()
    with hold.at(account, "list_conversations"):
        move = account.ask("chat")
        hold.reached()
        played.message(account, "n0")
        until(
            lambda: account.sandbox.fault_counts(account.id)["refuse=n0"]["done"] > 0, "the webhook's copy is refused"
        )
        until(lambda: account.stack.queue_messages("ChangesQueue") == [], "the change is dealt with")
        account.sandbox.faults(account.id, "")
    report = account.report(move)
    assert (report["status"], report["quarantined"]) == ("done", [])
