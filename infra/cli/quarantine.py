"""`deskshift quarantine`: what a move set aside, and trying it again (X-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, NOT_DONE, InputRefused
from infra.cli.move_options import checked_id
from infra.cli.stored_report import fetch_report
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import Console

_NEVER_BEGAN = frozenset({"refused", "cancelled"})
AT_ONCE = 100
"""As many as retry_conversations takes."""


def run_quarantine(given: argparse.Namespace, console: Console) -> int:
    """List what is set aside, or try some or all of it again; returns 0 when nothing is left set aside, else 3.

    Raises:
        InputRefused: there is no report, the move never began, or a named conversation is not set aside.
        RunFailed: AWS cannot be reached, or the function failed.
    """
    for name in ("account_id", "move_id"):
        checked_id(vars(given), name)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        report, _ = fetch_report(stack.files, stack.output("BucketName"), given.account_id, given.move_id)
        if report["status"] in _NEVER_BEGAN:
            raise InputRefused(
                "nothing_moved",
                f"move {given.move_id} was {report['status']}: it has set nothing aside, and nothing was moved",
                "See `deskshift report` for why.",
            )
        aside = {str(item["conversation_id"]): item for item in report["quarantined"]}
        if given.action == "list":
            for item in aside.values():
                say(console, f"{item['conversation_id']}  {item['code']}  {item['reason']}")
            say(console, f"{len(aside)} conversation(s) set aside.")
            return NOT_DONE if aside else DONE
        wanted = list(aside) if given.all else _named(given.conversations, aside)
        left = _retry(stack, given, wanted, console)
    return NOT_DONE if left or len(aside) > len(wanted) else DONE


def _named(conversations: Sequence[str], aside: dict[str, Any]) -> list[str]:
    if not conversations:
        raise InputRefused("invalid_option", "retry: found no conversation; allowed: ids, or --all", "Name them.")
    unknown = [one for one in conversations if one not in aside]
    if unknown:
        raise InputRefused(
            "not_set_aside",
            f"not set aside by this move: {', '.join(unknown)[:300]}",
            "See `deskshift quarantine … list`.",
        )
    return list(dict.fromkeys(conversations))


def _retry(stack: DeployedStack, given: argparse.Namespace, wanted: list[str], console: Console) -> int:
    """Try them again in groups; returns how many stay set aside."""
    left = 0
    for start in range(0, len(wanted), AT_ONCE):
        event = {
            "account_id": given.account_id,
            "move_id": given.move_id,
            "conversation_ids": wanted[start : start + AT_ONCE],
        }
        answer = stack.invoke("RetryConversationsFunctionName", event)
        for one in answer["moved"]:
            say(console, f"{one}  moved")
        for one in answer["still_quarantined"]:
            say(console, f"{one}  still set aside")
        left += len(answer["still_quarantined"])
    say(console, f"{len(wanted) - left} moved, {left} still set aside.")
    return left
