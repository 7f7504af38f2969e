"""The command `local sample`, which `make run` calls: move the chat channel of an account that is made up here."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.local_move import local_move
from infra.cli.move_options import MoveOptions, whole_number
from infra.cli.sample_account import CHAT, write_sample
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

MOST_CONVERSATIONS = 100_000
ARRIVALS = 20


def run_sample(given: argparse.Namespace, console: Console) -> int:
    """Write the account into a temporary folder and move its chat channel; returns the exit code.

    Raises:
        InputRefused: the number of conversations is none.
    """
    number = whole_number("--conversations", given.conversations, 1, MOST_CONVERSATIONS)
    with tempfile.TemporaryDirectory(prefix="deskshift-sample-") as folder:
        write_sample(Path(folder), number)
        say(console, f"A sample account of {number:,} conversations; {ARRIVALS} things happen while its chat moves.")
        return local_move(MoveOptions(account=Path(folder), channel=CHAT, arrivals=str(ARRIVALS)), console)
