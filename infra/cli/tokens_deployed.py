"""A reissue of tokens on a deployed stack."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from deskshift.domain.tokens.ids import grant_key
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import RunFailed
from infra.cli.tokens_options import operator
from infra.cli.tokens_sent import Sent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

LOOK_EVERY_SECONDS = 2.0
TAKEN_WITHIN_SECONDS = 300.0
Json = dict[str, Any]


class DeployedTokens:
    """One account on a deployed stack; fits `tokens.Stack`."""

    def __init__(self, stack: DeployedStack, account_id: str, asks: str) -> None:
        self._stack = stack
        self.account_id = account_id
        self.operator = asks

    def reissue(self, request: Mapping[str, Any]) -> Json:
        """Send the queue message, and look until each grant has its reissue, or the message is refused."""
        client_id, agent_id = request.get("client_id"), request.get("agent_id")
        group = self.account_id if client_id is None else grant_key(self.account_id, client_id, agent_id)
        sent = Sent(self._stack, request)
        message_id = self._stack.queues.send_message(
            QueueUrl=self._stack.output("TokenReissuesQueueUrl"),
            MessageBody=json.dumps(dict(request)),
            MessageGroupId=group,
        )["MessageId"]
        look = (lambda: self._opened(sent)) if client_id is None else (lambda: self._open_of(sent))
        return self._until(look, lambda: sent.see_that_it_was_taken(message_id))

    def pending(self) -> list[Json]:
        """Invoke the function."""
        found: list[Json] = self._shown({"what": "pending"})["pending"]
        return found

    def report(self, batch_id: str | None) -> Json:
        """Invoke the function."""
        return self._shown({"what": "report", "batch_id": batch_id}, takes_long=True)  # it reads every client

    def order(self, order: Mapping[str, Any]) -> Json:
        """Invoke the function."""
        answer = self._stack.invoke("OperateTokensFunctionName", order)
        return answer if order["action"] == "roll_back" else {"reissues": [answer]}

    def _shown(self, asked: Mapping[str, Any], *, takes_long: bool = False) -> Json:
        event = {"account_id": self.account_id, **asked}
        return self._stack.invoke("ShowTokensFunctionName", event, takes_long=takes_long)

    def _opened(self, sent: Sent) -> Json | None:
        batch = sent.batch()
        if batch is None or not self._shown({"what": "progress", "batch_id": batch})["opened"]:
            return None  # neither look takes any of the issuer's budget
        return self.report(batch)

    def _open_of(self, sent: Sent) -> Json | None:
        found = sent.reissue()
        if found is None:
            return None
        if not found.is_open:
            return {"reissues": [msgspec.to_builtins(found)]}
        return {"pending": [one for one in self.pending() if one["reissue_id"] == found.reissue_id]}

    def _until(self, look: Callable[[], Json | None], refused: Callable[[], None]) -> Json:
        waited = 0.0
        while waited < TAKEN_WITHIN_SECONDS:
            found = look()
            if found is not None:
                return found
            refused()
            time.sleep(LOOK_EVERY_SECONDS)
            waited += LOOK_EVERY_SECONDS
        raise RunFailed(
            "not_opened",
            f"after {waited:.0f} s not every reissue is open",
            f"See `deskshift dead-letters --stack {self._stack.name} --queue tokens list` and the function's log.",
        )


@contextmanager
def deployed(given: argparse.Namespace) -> Iterator[DeployedTokens]:
    """Open a deployed stack.

    Raises:
        InputRefused: an option is wrong, or AWS refuses.
        RunFailed: AWS cannot be reached.
    """
    asks = operator(given) if given.command in {"tokens_reissue", "tokens_order"} else ""
    with in_words():
        yield DeployedTokens(DeployedStack(given.stack, given.region), given.account_id, asks)
