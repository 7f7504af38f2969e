"""One move on a fresh local stack against a fresh vendor sandbox, from the queue message to the report."""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskshift.domain.move_ids import move_id
from infra.cli.errors import CommandError, InputRefused, RunFailed
from infra.cli.progress import MoveProgress
from infra.cli.report_files import Run, report_without_move
from infra.cli.stored_report import fetch_report
from infra.cli.terminal import say, tell
from infra.cli.watching import MoveWatch
from infra.local import accounts
from infra.local.sandbox.client import Sandbox, SandboxError
from infra.local.sandbox.faults import unfired
from infra.local.stack import LocalStack
from infra.local.stack.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from infra.cli.move_options import MoveOptions, Plan

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
RETRY_SECONDS = 1  # a message whose processing failed comes back so soon, for somebody waits in front of the terminal


def run_move(options: MoveOptions, planned: Plan, now: datetime, console: Console) -> Run:
    """Run a checked request to its end; whatever goes wrong is in the answer.

    Args:
        options: where the dump goes, and whether logs are wanted.
        planned: the checked request.
        now: when it was asked for.
        console: where progress is shown.
    """
    request = planned.request
    for warning in planned.warnings:
        say(console, f"Warning: {warning['message']}")
    say(console, f"Moving channel {request.channel_id} of account {request.account_id}, history {request.history}.")
    if planned.waits_until is not None:
        say(console, f"It starts at {planned.waits_until}; the local stack does not wait for that.")
    try:
        with Sandbox() as sandbox, _stack(options) as stack, _logs(stack, shown=options.verbose):
            return _on(sandbox, stack, planned, options, console)
    except CommandError as error:
        failed = error
    except (LocalStackError, SandboxError) as error:
        failed = RunFailed(error.code, str(error), "See --verbose for what the functions say.")
    report = report_without_move(
        failed, now, account_id=request.account_id, channel_id=request.channel_id, warnings=planned.warnings
    )
    return Run(report, error=failed)


def _stack(options: MoveOptions) -> LocalStack:
    level = "INFO" if options.verbose else "WARNING"
    return LocalStack.deploy(TEMPLATE, {"LogLevel": level}, visibility_seconds=RETRY_SECONDS)


def _on(sandbox: Sandbox, stack: LocalStack, planned: Plan, options: MoveOptions, console: Console) -> Run:
    """Seed, ask, watch, let the remaining events happen, dump, and fetch the report."""
    request = planned.request
    account_id = _seeded(sandbox, stack, planned)
    move = move_id(account_id, request.channel_id, request.request_id)
    stack.send("ChannelMovesQueue", planned.body, group_id=account_id)
    failed: CommandError | None = None
    watch = MoveWatch(stack, account_id, move)
    try:
        with MoveProgress(console, takes_history=request.history == "all") as progress:
            progress.end(watch.until_end(progress.update))
    except CommandError as error:
        failed = error
    if planned.arrivals and planned.knows_channel:
        sandbox.finish_arrivals(account_id)
    if options.dump is not None:
        sandbox.dump(account_id, options.dump)
    idle = unfired(sandbox.fault_counts(account_id))
    if failed is None:
        try:
            report, differences = _report(stack, account_id, move)
        except RunFailed as error:
            failed = error
        else:
            report["warnings"] = [*planned.warnings, *report["warnings"]]
            return Run(report, differences, idle)
    return Run(_broken_off(failed, planned, watch), idle_faults=idle, error=failed)


def _broken_off(failed: CommandError, planned: Plan, watch: MoveWatch) -> dict[str, Any]:
    """Build the report of a run that the stack wrote none for. A move that has begun stands still: it is paused."""
    request = planned.request
    report = report_without_move(
        failed,
        datetime.now(UTC),
        account_id=request.account_id,
        channel_id=request.channel_id,
        warnings=planned.warnings,
    )
    if watch.last_shown is not None:
        report["move_id"] = watch.last_shown["move_id"]
        report["status"] = "queued" if watch.last_shown["status"] in {"queued", "scheduled"} else "paused"
    return report


def _seeded(sandbox: Sandbox, stack: LocalStack, planned: Plan) -> str:
    """Give the sandbox the account, connect the stack with it, and prepare what shall go on or wrong meanwhile."""
    token, secret = accounts.new_token(), accounts.new_webhook_secret()
    account_id = sandbox.add_account(planned.account, token=token, webhook_secret=secret, deskshift_url=stack.http_url)
    accounts.connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
    # Nothing happens on a channel that does not exist; the stack refuses the move.
    if planned.arrivals and planned.knows_channel:
        sandbox.arrivals(account_id, planned.arrivals, planned.request.channel_id)
    if planned.faults:
        sandbox.faults(account_id, planned.faults)
    return account_id


def _report(stack: LocalStack, account_id: str, move: str) -> tuple[dict[str, Any], bytes]:
    """Fetch the report from where it outlives the move: reports/<account>/<move> in the bucket."""
    try:
        return fetch_report(stack.client("s3"), stack.physical_id("Bucket"), account_id, move)
    except InputRefused as error:
        raise RunFailed(
            error.code, f"the move ended: {error.message}", "See --verbose for what the functions say."
        ) from None


@contextlib.contextmanager
def _logs(stack: LocalStack, *, shown: bool) -> Iterator[None]:
    """Keep AWS's and moto's own log records off the terminal; print the functions' at the end if they are wanted."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)
    try:
        yield
    finally:
        root.removeHandler(silent)
        if shown:
            for name in stack.function_names:
                for line in stack.logs(name).splitlines():
                    tell(f"{name}: {line}")
