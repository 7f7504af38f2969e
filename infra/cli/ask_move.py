"""`deskshift move`: ask a deployed stack to move a channel, by the queue message that webhooks and systems send too."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskshift.domain.move_ids import move_id
from deskshift.model.errors import UnknownMove
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, InputRefused, RunFailed
from infra.cli.move_options import checked_request, status_map_of
from infra.cli.outcome import exit_code
from infra.cli.progress import MoveProgress
from infra.cli.terminal import say
from infra.cli.watching import ENDED
from infra.cli.words import progress_in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from rich.console import Console

LOOK_EVERY_SECONDS = 2.0
TAKEN_WITHIN_SECONDS = 120.0
"""So long a message may lie in the queue before it is worth a look at the dead letters."""


def run_move(given: argparse.Namespace, console: Console) -> int:
    """Check the request as the stack will, send it, and watch it if that is asked for; returns the exit code.

    Raises:
        InputRefused: an option is wrong, or AWS refuses; nothing was sent then.
        RunFailed: AWS cannot be reached, or the request was not taken.
    """
    body = _body(given, datetime.now(UTC))
    request = checked_request(body)
    move = move_id(request.account_id, request.channel_id, request.request_id)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        stack.queues.send_message(
            QueueUrl=stack.output("ChannelMovesQueueUrl"),
            MessageBody=json.dumps(body),
            MessageGroupId=request.account_id,
        )
        say(console, f"Asked for move {move} of channel {request.channel_id}.")
        if not given.watch:
            say(
                console,
                f"See how it goes: deskshift status --stack {stack.name} --account-id {request.account_id} "
                f"--move-id {move}",
            )
            return DONE
        with MoveProgress(console, takes_history=request.history == "all") as progress:
            shown = until_end(stack, request.account_id, move, progress.update)
            progress.end(shown["status"])
    for line in progress_in_words(shown):
        say(console, line)
    return DONE if shown["report"] is None else exit_code(shown["report"], ())


def until_end(
    stack: DeployedStack,
    account_id: str,
    move: str,
    tell: Callable[[Mapping[str, Any]], None],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Look at a move every two seconds until it has ended or is paused; gives what show_move answers then.

    Raises:
        RunFailed: its message was not taken from the queue.
    """
    waited = 0.0
    while True:
        shown = _shown(stack, account_id, move)
        if shown is not None:
            tell(shown)
            if shown["status"] in ENDED and shown["report"] is not None:
                return shown
        elif waited >= TAKEN_WITHIN_SECONDS:
            raise RunFailed(
                "not_taken",
                f"after {waited:.0f} s there is no move {move}",
                f"See `deskshift dead-letters --stack {stack.name}` for why it was refused.",
            )
        sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS


def _shown(stack: DeployedStack, account_id: str, move: str) -> dict[str, Any] | None:
    try:
        return stack.invoke("ShowMoveFunctionName", {"account_id": account_id, "move_id": move})
    except InputRefused as error:
        if error.code == UnknownMove.code:
            return None  # its message has not been dealt with
        raise


def _body(given: argparse.Namespace, now: datetime) -> dict[str, Any]:
    return {
        "request_id": f"cli-{now:%Y%m%dT%H%M%S.%f}" if given.request_id is None else given.request_id,
        "account_id": given.account_id,
        "channel_id": given.channel,
        "requested_by": given.requested_by,
        "history": given.history,
        "status_map": None if given.status_map is None else status_map_of(given.status_map),
        "start_at": given.at,
        "edition": given.edition,
        "mute": given.mute,
        "dry_run": given.dry_run,
    }
