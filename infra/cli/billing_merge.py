"""`deskshift billing preview` and `merge`: locally, from an account export, or on a deployed stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from deskshift.model.errors import AnotherPreviewCounts
from infra.cli.billing_approved import approved_preview, shown_preview
from infra.cli.billing_letter import check_letter, write_letter
from infra.cli.billing_words import merge_in_words, preview_in_words
from infra.cli.errors import DONE, NOT_DONE, REFUSED, InputRefused, bad_option
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from rich.console import Console

CHOICES = ("none", "cancel", "co_term")
Json = dict[str, Any]


class Stack(Protocol):
    """Where a merge is previewed and carried out."""

    @property
    def account_id(self) -> str:
        """Whose billing it is."""

    def preview(self, request: Mapping[str, Any]) -> Json:
        """Make a preview."""

    def merge(self, request: Mapping[str, Any], made: Mapping[str, Any]) -> Json:
        """Carry a preview out, and show how that ended."""


def run_preview(given: argparse.Namespace, console: Console) -> int:
    """Print a preview; returns 0, or 2 if the merge is refused.

    Raises:
        InputRefused: an option or the export is wrong.
        RunFailed: the stack cannot be reached or did not start.
    """
    with _opened(given) as stack:
        made = stack.preview(_asked(given, stack.account_id))
    _letter(given, made, None)
    if given.json:
        say(console, json.dumps(shown_preview(made), ensure_ascii=False))
    else:
        preview_in_words(made, console)
    return REFUSED if made["preview"]["decision"] == "refused" else DONE


def run_merge(given: argparse.Namespace, console: Console) -> int:
    """Carry a preview out as approved by whoever runs this, and print it and its end; returns the exit code.

    The preview is made now, or is the one of a file that `billing preview --json` printed.

    Returns:
        0 done; 2 refused, nothing was changed; 3 it failed and was taken back, or a person has something left to do.

    Raises:
        InputRefused: an option or the export is wrong, or the merge was carried out with another preview.
        RunFailed: the stack cannot be reached or did not start.
    """
    with _opened(given) as stack:
        if given.preview is None:
            made = stack.preview(_asked(given, stack.account_id))
        else:
            made = approved_preview(given.preview, stack.account_id)
        ended = stack.merge(_message(given, stack.account_id, made), made)
    report = ended["report"]
    _same_preview(made, ended)
    _letter(given, made, report)
    if given.json:
        facts = {name: report[name] for name in ("status", "approved_by", "finished_at", "ledger", "tasks")}
        refusals = report["refusals"] or made["preview"]["refusals"]
        say(console, json.dumps({**shown_preview(made), **facts, "refusals": refusals}, ensure_ascii=False))
    else:
        preview_in_words(made, console)
        merge_in_words(report, console)
    if ended["status"] == "refused":
        return REFUSED
    return NOT_DONE if ended["status"] == "failed" or report["tasks"] else DONE


def _same_preview(made: Json, ended: Json) -> None:
    """See that it was this preview that came to its end: one request has one merge, however many previews it has."""
    if ended["preview_id"] != made["preview"]["preview_id"]:
        raise InputRefused(
            AnotherPreviewCounts.code,
            f"merge {ended['merge_id']} is {ended['status']}, with preview {ended['preview_id']}",
            AnotherPreviewCounts.what_to_do,
        )


def _message(given: argparse.Namespace, account_id: str, made: Json) -> Json:
    """Make the queue message: another request each time, so that what was refused is tried again."""
    return {
        "request_id": f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}",
        "account_id": account_id,
        "preview_id": made["preview"]["preview_id"],
        "approved_by": given.approved_by,
        "upgrade_passed": given.upgrade_passed or given.stack is None,
        "forced": given.forced,
    }


def _opened(given: argparse.Namespace) -> AbstractContextManager[Stack]:
    check_letter(given.letter)
    if given.choice not in CHOICES:
        raise bad_option("--choice", repr(given.choice[:40]), ", ".join(CHOICES))
    if (given.account is None) == (given.stack is None):
        found = "both" if given.account is not None else "neither"
        raise bad_option("--account, --stack", found, "one of them: an export's folder, or a deployed stack's name")
    if given.preview is not None:
        _preview_alone(given)
    if given.stack is not None:
        if given.account_id is None:
            raise bad_option("--account-id", "nothing", "the account's id, with --stack")
        from infra.cli.billing_deployed import deployed  # noqa: PLC0415 - a stack on AWS needs nothing of the local one

        return deployed(given)
    for option, value in (("--account-id", given.account_id), ("--preview", given.preview)):
        if value is not None:
            raise bad_option(option, str(value)[:200], "with --stack; locally the export says whose account it is")
    from infra.cli.billing_local import local  # noqa: PLC0415 - moto takes a second to load

    return local(given)


def _preview_alone(given: argparse.Namespace) -> None:
    """Refuse what says how a preview is made, beside one that is made already."""
    choice = None if given.choice == CHOICES[0] else given.choice
    asked = {"as-of": given.as_of, "choice": choice, "edition": given.edition, "request-id": given.request_id}
    for name, value in asked.items():
        if value is not None:
            raise bad_option(f"--{name}", value[:200], "not with --preview, which says it")


def _asked(given: argparse.Namespace, account_id: str) -> Json:
    now = datetime.now(UTC)
    return {
        "request_id": f"cli-{now:%Y%m%dT%H%M%S.%f}" if given.request_id is None else given.request_id,
        "account_id": account_id,
        "requested_by": given.approved_by,
        "upgrade_at": given.as_of,
        "choice": given.choice,
        "chosen_at": None if given.choice == "none" else given.chosen_at,
        "edition": given.edition,
    }


def _letter(given: argparse.Namespace, made: Json, report: Json | None) -> None:
    if given.letter is not None:
        write_letter(given.letter, made["locale"], made["preview"], report)
