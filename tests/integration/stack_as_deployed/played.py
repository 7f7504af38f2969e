"""What the scenes use and see: accounts of canaries, and the ways to bring a move into a state.

Every word that a customer wrote, every name, address and secret is one that occurs nowhere else.
"""

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import msgspec

from deskshift.store.line import Line
from deskshift.store.moves import Moves
from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from infra.local.stack.principal import acting_as, current_principal
from tests.support import exports
from tests.support.looking import (
    parts,
    record,
    rewrite_record,
)
from tests.support.moves import Account, Json, until
from tests.support.proxy import Given, Passed, between
from tests.support.reissuing import Reissuing

FOREIGN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_words = itertools.count(1)


@dataclass
class Played:
    """What the scenes used and saw.

    `tokens` are all secrets of reissues: tokens, codes, states, verifiers, cookies, keys of links, clients' secrets;
    `waits` are the executions that waited for one.
    """

    stack: LocalStack
    sandbox: Sandbox
    words: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    reissuing: list[Reissuing] = field(default_factory=list)
    waits: list[Json] = field(default_factory=list)
    shown: list[Json] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)

    def word(self, kind: str) -> str:
        """Make a word that occurs nowhere else."""
        made = f"canary{kind}{next(_words):04d}xq"
        self.words.append(made)
        return made

    def secret(self, kind: str) -> str:
        """Make a secret that occurs nowhere else."""
        made = f"canary{kind}{next(_words):04d}xq"
        self.tokens.append(made)
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
            channels=channels
            or [exports.channel(one) for one in ("chat", "mail", "third", "fourth", "fifth", "sixth")],
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


def waits(account: Account, move: str) -> bool:
    """Whether a move waits for its turn, and the step that made it wait is over."""
    return account.status(move) == "queued" and record(account, move)["task_token"] is not None


def idle(account: Account) -> bool:
    """Whether no function runs at present, nor is about to because of an event."""
    parts = account.stack._parts  # noqa: SLF001 - nothing public tells that an asynchronous invocation is over
    return parts.asynchronous.pending == 0 and parts.invoker.running == 0


def gone(account: Account, move: str, texts: list[bytes]) -> None:
    """Wait until texts are in no part any more."""

    def left() -> bool:
        files = parts(account, move).values()
        return not any(text in file for text in texts for file in files)

    until(left, "the deleted texts are gone from the parts", 20)


def cancel(account: Account, move: str) -> str:
    """Cancel a move and give its status."""
    return str(account.stack.invoke("cancel_move", {"account_id": account.id, "move_id": move})["status"])


def waiting_for_the_slot(account: Account, channel_id: str) -> str:
    """Ask for a move and wait until it stands in line."""
    move = account.ask(channel_id)
    until(lambda: waits(account, move), f"the move of {channel_id} waits for the slot")
    return move


def hold_slot(account: Account, move: str | None) -> None:
    """Set who holds the account's slot, as if whoever should have done so had died."""
    expression = "REMOVE holder, holder_attempt" if move is None else "SET holder = :move, holder_attempt = :one"
    values = {} if move is None else {"ExpressionAttributeValues": {":move": {"S": move}, ":one": {"N": "1"}}}
    account.stack.client("dynamodb").update_item(
        TableName=account.stack.physical_id("MovesTable"),
        Key={"account_id": {"S": account.id}, "item": {"S": "line"}},
        UpdateExpression=expression,
        **values,
    )


def waiting_behind(account: Account, ended: str, channel_id: str) -> str:
    """Ask for a move that waits behind one that has ended, as if that one died before it gave the slot back."""
    rewrite_record(account, ended, status="running")
    hold_slot(account, ended)
    move = waiting_for_the_slot(account, channel_id)
    until(lambda: idle(account), "nobody looks at the line")
    rewrite_record(account, ended, status="done")
    return move


def free_slot(account: Account) -> None:
    """Take the slot away once everybody has looked at it, so that only the next one to look finds it free."""
    until(lambda: idle(account), "nobody looks at the line")
    hold_slot(account, None)


def fails_in_check(account: Account, channel_id: str) -> str:
    """Ask for a move whose check the platform does not let happen; the watch has heard of it afterwards."""

    asked = threading.Event()

    def forbid_once(call: Passed) -> Given | None:
        if call.path != "/v1/account" or asked.is_set():
            return None  # the one that has its turn next is checked again
        asked.set()
        return Given(401, msgspec.json.encode({"error": {"code": "unauthorized", "message": "no"}}))

    watched = account.stack.invocations.get("watch_moves", 0)
    with between(account, forbid_once):
        move = account.ask(channel_id)
        assert account.report(move)["status"] == "paused"
    until(
        lambda: account.stack.invocations.get("watch_moves", 0) > watched and idle(account),
        "the rule has told the watch, and the watch has looked",
    )
    return move


@contextmanager
def written_meanwhile(account: Account, move: str, function: str) -> Iterator[None]:
    """Let somebody else write a move's record right after a function has claimed the slot for it, once."""
    claim, written = Line.claim, threading.Event()

    def claim_and_be_late(line: Line, account_id: str, claiming: str, attempt: int) -> bool:
        claimed = claim(line, account_id, claiming, attempt)
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
