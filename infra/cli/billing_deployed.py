"""A billing merge on a deployed stack."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskshift.model.errors import UnknownMerge
from infra.cli.billing_days import day
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import InputRefused, RunFailed, bad_option
from infra.cli.move_options import checked_id

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

LOOK_EVERY_SECONDS = 2.0
TAKEN_WITHIN_SECONDS = 300.0


class DeployedMerging:
    """One account on a deployed stack; fits `billing_merge.Stack`."""

    def __init__(self, stack: DeployedStack, account_id: str) -> None:
        self._stack = stack
        self.account_id = account_id

    def preview(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function."""
        return self._stack.invoke("PreviewBillingFunctionName", request)

    def merge(self, request: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
        """Send the queue message and look until the merge has ended.

        A merge that was refused before stands as refused until the message is dealt with: its report is looked at for
        who has asked last.
        """
        merge_id = str(made["merge_id"])
        self._stack.queues.send_message(
            QueueUrl=self._stack.output("BillingMergesQueueUrl"),
            MessageBody=json.dumps(dict(request)),
            MessageGroupId=self.account_id,
        )
        waited = 0.0
        while waited < TAKEN_WITHIN_SECONDS:
            shown = self._shown(merge_id)
            if shown is not None and shown["status"] != "running" and _answers(shown, request):
                return shown
            time.sleep(LOOK_EVERY_SECONDS)
            waited += LOOK_EVERY_SECONDS
        raise RunFailed(
            "not_ended",
            f"after {waited:.0f} s merge {merge_id} has not ended",
            f"See `deskshift dead-letters --stack {self._stack.name} --queue merges list` and the function's log.",
        )

    def _shown(self, merge_id: str) -> dict[str, Any] | None:
        try:
            return self._stack.invoke("ShowMergeFunctionName", {"account_id": self.account_id, "merge_id": merge_id})
        except InputRefused as error:
            if error.code == UnknownMerge.code:
                return None  # its message has not been dealt with
            raise


def _answers(shown: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    """Whether an end is that of a request: a merge that was refused may be tried again by another one."""
    return shown["status"] != "refused" or request["request_id"] in shown["request_ids"]


@contextmanager
def deployed(given: argparse.Namespace) -> Iterator[DeployedMerging]:
    """Open a deployed stack.

    Raises:
        InputRefused: an option is wrong, or AWS refuses.
        RunFailed: AWS cannot be reached.
    """
    checked_id(vars(given), "account_id")
    if given.approved_by is None:
        raise bad_option("--as", "nothing", "who asks for it and approves it, with --stack")
    if given.as_of is None:
        given.as_of = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    day("--as-of", given.as_of)
    given.chosen_at = datetime.now(UTC).isoformat(timespec="seconds")
    with in_words():
        yield DeployedMerging(DeployedStack(given.stack, given.region), given.account_id)
