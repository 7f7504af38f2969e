"""`deskshift billing show`: a merge on a deployed stack, as an operator looks at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from infra.cli.billing_words import merge_in_words
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, NOT_DONE, REFUSED
from infra.cli.move_options import checked_id
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse

    from rich.console import Console


def run_show(given: argparse.Namespace, console: Console) -> int:
    """Print a merge and its report; reading disturbs nothing.

    Returns:
        0 done; 2 refused, nothing was changed; 3 it runs, it failed, or a person has something left to do.

    Raises:
        InputRefused: an option is wrong, there is no such merge, or AWS refuses.
        RunFailed: AWS cannot be reached.
    """
    for field in ("account_id", "merge_id"):
        checked_id(vars(given), field)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        asked = {"account_id": given.account_id, "merge_id": given.merge_id}
        shown = stack.invoke("ShowMergeFunctionName", asked)
    report = shown["report"]
    if given.json:
        say(console, json.dumps(shown, ensure_ascii=False))
    elif report is None:
        posted = "the order was claimed" if shown["claimed"] else "nothing was posted yet"
        say(console, f"The merge is {shown['status']}; {posted}.")
    else:
        merge_in_words(report, console)
    if shown["status"] == "refused":
        return REFUSED
    return DONE if shown["status"] == "done" and not report["tasks"] else NOT_DONE
