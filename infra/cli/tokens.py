"""`deskshift tokens`: reissue, look, and do what an operator does, locally or on a deployed stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from infra.cli import tokens_options as options
from infra.cli.errors import DONE, NOT_DONE, bad_option
from infra.cli.terminal import say
from infra.cli.tokens_tasks import tasks
from infra.cli.tokens_words import ended_in_words, pending_in_words, report_in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rich.console import Console

Json = dict[str, Any]
_ANY = "any"


class Stack(Protocol):
    """Where an account's tokens are reissued."""

    @property
    def account_id(self) -> str:
        """Whose tokens."""

    @property
    def operator(self) -> str:
        """Who asks."""

    def reissue(self, request: Mapping[str, Any]) -> Json:
        """Ask, and give the report; of one grant on a deployed stack `pending`, or `reissues` if it has ended."""

    def pending(self) -> list[Json]:
        """List the open reissues."""

    def report(self, batch_id: str | None) -> Json:
        """Give the report of a request for all grants, or of the newest one."""

    def order(self, order: Mapping[str, Any]) -> Json:
        """Do what an operator wants; gives the `reissues` that it was done to and, locally, the end's `report`."""


def run_reissue(given: argparse.Namespace, console: Console) -> int:
    """Reissue one grant or all grants of an account, and print what came of it; returns the exit code.

    Returns:
        0 all ended and balanced (on a deployed stack: all opened); 3 something needs a person.

    Raises:
        InputRefused: an option, the export or the request is wrong.
        RunFailed: the stack cannot be reached, or did not do it in time.
    """
    options.check(given)
    options.check_report(given)
    if given.agent_id is not None and given.client_id is None:
        raise bad_option("--agent-id", given.agent_id, "an agent only with --client-id")
    # What can be said of it without the stack is said before one starts.
    options.reissue_request(given, given.account_id or _ANY, given.operator or _ANY, datetime.now(UTC))
    with _opened(given) as stack:
        request = options.reissue_request(given, stack.account_id, stack.operator, datetime.now(UTC))
        shown = stack.reissue(request)
    if "grants" not in shown:
        words = pending_in_words(shown["pending"]) if "pending" in shown else ended_in_words(shown["reissues"])
        _print(given, console, shown, words)
        return DONE
    _show_report(given, console, shown)
    if given.stack is not None:
        return NOT_DONE if shown["missing"] else DONE
    return _outcome(shown)


def run_pending(given: argparse.Namespace, console: Console) -> int:
    """List who is waited for; returns 0 if nobody is, else 3.

    Raises:
        InputRefused: an option or the export is wrong.
        RunFailed: the stack cannot be reached.
    """
    options.check(given)
    given.operator = None
    with _opened(given) as stack:
        waiting = stack.pending()
    _print(given, console, {"pending": waiting}, pending_in_words(waiting))
    return NOT_DONE if waiting else DONE


def run_report(given: argparse.Namespace, console: Console) -> int:
    """Show what became of each grant; returns 0 if all ended and balanced, else 3.

    Raises:
        InputRefused: an option or the export is wrong, or there was no such request.
        RunFailed: the stack cannot be reached.
    """
    options.check(given)
    options.check_report(given)
    given.operator = None
    with _opened(given) as stack:
        shown = stack.report(given.batch_id)
    _show_report(given, console, shown)
    return _outcome(shown)


def run_order(given: argparse.Namespace, console: Console) -> int:
    """Invite again, extend, withdraw, confirm, or roll an account back; returns 0. Locally the end is told, too.

    Raises:
        InputRefused: an option is wrong, or it is not possible where the reissue stands.
        RunFailed: the stack cannot be reached.
    """
    options.check(given)
    options.order(given, given.account_id or _ANY, given.operator or _ANY, datetime.now(UTC))
    with _opened(given) as stack:
        order = options.order(given, stack.account_id, stack.operator, datetime.now(UTC))
        after = stack.order(order)
    words = ended_in_words(after["reissues"])
    if "report" in after:
        after = {**after, "report": _with_tasks(given, after["report"])}
        words += ["", "What became of everything in the end:", *report_in_words(after["report"])]
    _print(given, console, after, words)
    return DONE


def _opened(given: argparse.Namespace) -> AbstractContextManager[Stack]:
    if given.stack is not None:
        from infra.cli.tokens_deployed import deployed  # noqa: PLC0415 - a stack on AWS needs nothing of the local one

        return deployed(given)
    from infra.cli.tokens_local import local  # noqa: PLC0415 - moto takes a second to load

    return local(given)


def _show_report(given: argparse.Namespace, console: Console, report: Json) -> None:
    told = _with_tasks(given, report)
    if given.report is not None:
        _write(given.report, told)
    _print(given, console, told, report_in_words(told))


def _with_tasks(given: argparse.Namespace, report: Json) -> Json:
    return {**report, "tasks": tasks(report, options.place(given))}


def _print(given: argparse.Namespace, console: Console, told: Json, words: list[str]) -> None:
    for line in [json.dumps(told, ensure_ascii=False)] if given.json else words:
        say(console, line)


def _write(file: Path, told: Json) -> None:
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    except OSError as error:
        raise bad_option("--report", str(error), "a place that can be written to") from None


def _outcome(report: Json) -> int:
    return DONE if report["complete"] and report["balanced"] and not tasks(report) else NOT_DONE
