"""Scenes of a stack's life that together reach every call that its functions make.

Every word that a customer wrote, every name, address and secret in them is one that occurs nowhere else.
"""

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import msgspec
import urllib3

from deskshift.store.line import Line
from deskshift.store.moves import Moves
from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from infra.local.stack.principal import acting_as, current_principal
from tests.support import exports
from tests.support.looking import Hold, before_page, execution_arn, kill, parts, record, resume
from tests.support.moves import Account, Json, until
from tests.support.proxy import Given, Passed, between

FOREIGN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=local"}
_words = itertools.count(1)


@dataclass
class Played:
    """What the scenes used and saw."""

    stack: LocalStack
    sandbox: Sandbox
    words: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    shown: list[Json] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)

    def word(self, kind: str) -> str:
        """Make a word that occurs nowhere else."""
        made = f"canary{kind}{next(_words):04d}xq"
        self.words.append(made)
        return made

    def conversation(self, conversation_id: str, channel_id: str = "chat", **fields: object) -> Json:
        """Make a conversation of canaries, with an attachment."""
        file = exports.attachment(f"{conversation_id}-f", self.word("bytes").encode(), self.word("file"))
        messages = [
            exports.message(f"{conversation_id}-m0", f"{self.word('text')} and more", attachments=[file]),
            exports.message(f"{conversation_id}-m1", self.word("text")),
        ]
        contact = {
            "id": f"{conversation_id}-v",
            "name": self.word("name"),
            "email": f"{self.word('mail')}@mail.example",
        }
        return exports.conversation(conversation_id, channel_id, messages=messages, contact=contact, **fields)

    def ticket(self, ticket_id: str, conversation_id: str) -> Json:
        """Make a ticket with a canary as its subject."""
        return exports.ticket(ticket_id, conversation_id, subject=self.word("subject"))

    def account(
        self,
        conversations: list[Json],
        tickets: list[Json] | None = None,
        options: Mapping[str, Any] | None = None,
        channels: list[Json] | None = None,
    ) -> Account:
        """Seed and connect an account."""
        account_id = exports.new_account_id("deployed")
        export = exports.export(
            account_id,
            conversations=conversations,
            tickets=tickets or [],
            channels=channels or [exports.channel(one) for one in ("chat", "mail", "third", "fourth", "fifth")],
        )
        token, secret = new_token(), new_webhook_secret()
        self.secrets += [token, secret, secret.removeprefix("whsec_")]
        self.sandbox.add_account(export, token=token, webhook_secret=secret, options=options)
        connection = connect(self.stack, account_id, self.sandbox.url, token=token, webhook_secret=secret)
        account = Account(account_id, self.stack, self.sandbox, connection, token, secret)
        self.accounts.append(account)
        return account

    def message(self, account: Account, conversation_id: str) -> None:
        """Let the customer write something now."""
        account.sandbox.live(account.id, "message", conversation_id=conversation_id, text=self.word("live"))


def play(stack: LocalStack, sandbox: Sandbox) -> Played:
    """Play all scenes, one after the other."""
    played = Played(stack, sandbox)
    for scene in (
        arrivals_quarantine_and_retry,
        deletions,
        changed_at_every_step,
        corruption,
        death,
        progress,
        set_aside_before_it_is_imported,
        line,
        refusals,
        left_behind,
        history_none,
        never_valid,
        reading,
    ):
        scene(played)
    stack.drain(60)
    return played


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


def gone(account: Account, move: str, texts: list[bytes]) -> None:
    """Wait until texts are in no part any more."""

    def left() -> bool:
        files = parts(account, move).values()
        return not any(text in file for text in texts for file in files)

    until(left, "the deleted texts are gone from the parts", 20)


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


def progress(played: Played) -> None:
    """Somebody looks at the move in each of its phases, also while its parts are imported."""
    account = played.account([played.conversation(f"l{n}") for n in range(3)])
    importing, looked = threading.Event(), threading.Event()

    def wait_in_import(call: Passed) -> Given | None:
        if call.path == "/v1/help_desk/imports":
            importing.set()
            assert looked.wait(60)
        return None

    with between(account, wait_in_import):
        move = account.ask("chat")
        assert importing.wait(60)
        played.shown.append(account.show(move))
        looked.set()
        assert account.report(move)["status"] == "done"


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


def line(played: Played) -> None:
    """Three requests of one account: the first runs, the second is cancelled, the third has its turn afterwards."""
    account = played.account([played.conversation("h0"), played.conversation("h1", "mail")])
    hold = Hold()
    with hold.at(account, "list_conversations"):
        first = account.ask("chat")
        hold.reached()
        second, third = waiting_for_the_slot(account, "mail"), waiting_for_the_slot(account, "third")
        account.stack.invoke("watch_moves", {})
        assert cancel(account, second) == "cancelled"
    assert account.report(first)["status"] == "done"
    assert account.report(third)["status"] == "done"
    scheduled = account.move("mail", start_at="2099-01-01T00:00:00Z")
    assert scheduled["status"] == "done"


def waits(account: Account, move: str) -> bool:
    """Whether a move waits for its turn."""
    return account.status(move) == "queued" and record(account, move)["task_token"] is not None


def refusals(played: Played) -> None:
    """The one in front is refused, or fails, while the next one waits: the next one has its turn."""
    account = played.account([played.conversation("i0", "mail")])
    front_may_go = threading.Event()
    asked = threading.Event()

    def slow_front(call: Passed) -> Given | None:
        if call.path == "/v1/account" and not asked.is_set():
            asked.set()
            assert front_may_go.wait(60)
        return None

    with between(account, slow_front):
        refused = account.ask("chat", requested_by="with-access")
        assert asked.wait(60)
        next_one = account.ask("mail")
        until(lambda: waits(account, next_one), "the next one waits")
        front_may_go.set()
        assert account.report(refused)["status"] == "refused"
        assert account.report(next_one)["status"] == "done"
    assert account.move("third", dry_run=True)["status"] == "dry_run"
    console = account.console("third")
    assert account.stack.wait_for(console, 60)["status"] == "SUCCEEDED"


def left_behind(played: Played) -> None:
    """A slot that an ended move left behind, and a move that fails before it begins."""
    account = played.account([played.conversation("j0"), played.conversation("j1", "mail")])
    done = account.ask("chat")
    assert account.report(done)["status"] == "done"
    hold_slot(account, done)
    waiting = waiting_for_the_slot(account, "mail")
    woken = account.stack.invoke("watch_moves", {})
    assert woken["woken"] == [waiting]
    assert account.report(waiting)["status"] == "done"
    hold_slot(account, done)
    third = waiting_for_the_slot(account, "third")
    hold_slot(account, None)
    failed = fails_in_check(account, "one")
    assert account.report(third)["status"] == "done"
    assert cancel(account, failed) == "cancelled"
    hold_slot(account, done)
    fourth = waiting_for_the_slot(account, "fourth")
    hold_slot(account, None)
    with written_meanwhile(account, fourth, "pause_move"):
        failed = fails_in_check(account, "two")
    assert account.report(fourth)["status"] == "done"
    fifth = waiting_for_the_slot(account, "fifth")
    assert cancel(account, failed) == "cancelled"
    assert account.report(fifth)["status"] == "done"


def waiting_for_the_slot(account: Account, channel_id: str) -> str:
    """Ask for a move and wait until it stands in line."""
    move = account.ask(channel_id)
    until(lambda: waits(account, move), f"the move of {channel_id} waits for the slot")
    return move


def cancel(account: Account, move: str) -> str:
    """Cancel a move and give its status."""
    return str(account.stack.invoke("cancel_move", {"account_id": account.id, "move_id": move})["status"])


@contextmanager
def written_meanwhile(account: Account, move: str, function: str) -> Iterator[None]:
    """Let somebody else write a move's record right after a function has claimed the slot for it, once."""
    claim, written = Line.claim, threading.Event()

    def claim_and_be_late(line: Line, account_id: str, claiming: str) -> bool:
        claimed = claim(line, account_id, claiming)
        principal = current_principal()
        if claiming == move and principal is not None and principal.name == function and not written.is_set():
            written.set()
            with acting_as(None):
                moves = Moves(account.stack.physical_id("MovesTable"), account.stack.region)
                moves.save(moves.get(account.id, move))
        return claimed

    with patch.object(Line, "claim", claim_and_be_late):
        yield
    assert written.is_set(), f"{function} claimed nothing for {move}"


def hold_slot(account: Account, move: str | None) -> None:
    """Set who holds the account's slot, as if whoever should have done so had died."""
    expression = "REMOVE holder" if move is None else "SET holder = :move"
    values = {} if move is None else {"ExpressionAttributeValues": {":move": {"S": move}}}
    account.stack.client("dynamodb").update_item(
        TableName=account.stack.physical_id("MovesTable"),
        Key={"account_id": {"S": account.id}, "item": {"S": "line"}},
        UpdateExpression=expression,
        **values,
    )


def fails_in_check(account: Account, channel_id: str) -> str:
    """Ask for a move whose check the platform does not let happen; the watch has heard of it afterwards."""

    def forbid(call: Passed) -> Given | None:
        refused = msgspec.json.encode({"error": {"code": "unauthorized", "message": "no"}})
        return Given(401, refused) if call.path == "/v1/account" else None

    watched = account.stack.invocations.get("watch_moves", 0)
    with between(account, forbid):
        move = account.ask(channel_id)
        assert account.report(move)["status"] == "paused"
    invoker = account.stack._parts.invoker  # noqa: SLF001 - nothing public tells that an asynchronous invocation is over
    until(
        lambda: account.stack.invocations.get("watch_moves", 0) > watched and invoker.running == 0,
        "the rule has told the watch, and the watch has looked",
    )
    return move


def history_none(played: Played) -> None:
    """A move that leaves the history, with a late reply."""
    account = played.account([played.conversation("k0")])
    with before_page(account, "settle_move", 1, lambda: played.message(account, "k0")):
        report = account.move("chat", history="none")
    assert report["late_replies"] == ["k0"]


def never_valid(played: Played) -> None:
    """Messages that can never succeed, with customers' words in them, as a platform's mistake may put them there."""
    account = played.account([])
    account.send({"request_id": "r", "account_id": account.id})
    account.stack.send("ChangesQueue", {"account_id": account.id})
    body = f'{{"data": {{"text": "{played.word("hook")}"}}}}'
    answer = urllib3.request("POST", account.connection.webhook_url, body=body)
    assert answer.status == 401
    account.stack.drain(60)


def reading(played: Played) -> None:
    """Old ids and progress, by function and by HTTP, also of what does not exist."""
    account = played.accounts[0]
    move = account.stack.invoke("resolve_id", {"account_id": account.id, "id": "c0"})["move_id"]
    for one in ("c1", "t0", "nobody"):
        address = f"{account.stack.http_url}/accounts/{account.id}/ids/{one}"
        assert urllib3.request("GET", address, headers=SIGNED).status == (404 if one == "nobody" else 200)
    page = urllib3.request("GET", f"{account.stack.http_url}/accounts/{account.id}/moves/{move}", headers=SIGNED)
    assert page.status == 200
    played.shown.append(page.json())
    assert execution_arn(account, move)
