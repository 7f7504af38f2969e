"""A reissue of tokens on a deployed stack."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from deskshift.domain.tokens.ids import batch_id, grant_key
from deskshift.model.errors import UnknownBatch
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import InputRefused, RunFailed
from infra.cli.tokens_options import operator

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
        """Send the queue message, and look until each grant has its reissue."""
        client_id, agent_id = request.get("client_id"), request.get("agent_id")
        group = self.account_id if client_id is None else grant_key(self.account_id, client_id, agent_id)
        self._stack.queues.send_message(
            QueueUrl=self._stack.output("TokenReissuesQueueUrl"),
            MessageBody=json.dumps(dict(request)),
            MessageGroupId=group,
        )
        if client_id is None:
            return self._until(lambda: self._opened(batch_id(self.account_id, str(request["request_id"]))))
        return self._until(lambda: self._open_of(str(client_id), agent_id))

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

    def _opened(self, batch: str) -> Json | None:
        try:
            found = self._shown({"what": "progress", "batch_id": batch})  # which takes none of the issuer's budget
        except InputRefused as error:
            if error.code == UnknownBatch.code:
                return None  # its message has not been dealt with
            raise
        return self.report(batch) if found["opened"] else None

    def _open_of(self, client_id: str, agent_id: str | None) -> Json | None:
        found = [one for one in self.pending() if (one["client_id"], one["agent_id"]) == (client_id, agent_id)]
        return {"pending": found} if found else None

    def _until(self, look: Callable[[], Json | None]) -> Json:
        waited = 0.0
        while waited < TAKEN_WITHIN_SECONDS:
            found = look()
            if found is not None:
                return found
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
