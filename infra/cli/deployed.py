"""An operator's commands about one move of a deployed stack: status, resume, cancel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE
from infra.cli.terminal import say
from infra.cli.words import progress_in_words

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

OUTPUTS = {"status": "ShowMoveFunctionName", "resume": "ResumeMoveFunctionName", "cancel": "CancelMoveFunctionName"}


def run_deployed(given: argparse.Namespace, console: Console) -> int:
    """Run one command; returns the exit code.

    Args:
        given: command, stack, account_id, move_id, region, json.
        console: where the answer goes.

    Raises:
        InputRefused: the stack, the move or the transition is not there, or AWS does not let us.
        RunFailed: AWS cannot be reached, or a function failed.
    """
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        answer = stack.invoke(OUTPUTS[given.command], {"account_id": given.account_id, "move_id": given.move_id})
    if given.json:
        say(console, json.dumps(answer, ensure_ascii=False))
        return DONE
    for line in _words(given.command, answer):
        say(console, line)
    return DONE


def _words(command: str, answer: dict[str, Any]) -> list[str]:
    if command == "status":
        return progress_in_words(answer)
    done = "goes on" if command == "resume" else "is cancelled"
    return [f"Move {answer['move_id']} {done}: status {answer['status']}, attempt {answer.get('attempt', '?')}."]
