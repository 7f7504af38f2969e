"""The command `local sample`, which `make run` calls: move the chat channel of an account that is made up here.

With --write the account is only written, as an export that every command with --account takes.
"""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.errors import DONE, bad_option
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
    """Write the account into a temporary folder and move its chat channel, or into another one; returns the exit code.

    Raises:
        InputRefused: the number of conversations is none, or the folder cannot be used.
    """
    number = whole_number("--conversations", given.conversations, 1, MOST_CONVERSATIONS)
    if given.write is not None:
        return _write(given.write, number, console)
    with tempfile.TemporaryDirectory(prefix="deskshift-sample-") as folder:
        write_sample(Path(folder), number)
        say(console, f"A sample account of {number:,} conversations; {ARRIVALS} things happen while its chat moves.")
        return local_move(MoveOptions(account=Path(folder), channel=CHAT, arrivals=str(ARRIVALS)), console)


def _write(folder: Path, number: int, console: Console) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise bad_option("--write", f"{folder}, in which there is something", "an empty folder, or a new one")
        write_sample(folder, number)
    except (OSError, ValueError) as error:  # ValueError: a null character in it
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise bad_option("--write", f"{str(folder)[:200]!r}: {why}", "a folder that can be used") from None
    where = shlex.quote(str(folder))
    say(console, f"A sample account of {number:,} conversations is in {folder}. Try:")
    say(console, f"  deskshift local move --account {where} --channel {CHAT}")
    say(console, f"  deskshift tokens reissue --account {where}")
    return DONE
