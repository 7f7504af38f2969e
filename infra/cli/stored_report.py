"""A move's report where it outlives the move, in the bucket: read it, print it, keep it as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, NOT_DONE, InputRefused
from infra.cli.move_options import check_report_place, checked_id
from infra.cli.outcome import exit_code
from infra.cli.report_files import write_report
from infra.cli.terminal import say
from infra.cli.words import recheck_in_words, report_in_words

if TYPE_CHECKING:
    import argparse

    from mypy_boto3_s3 import S3Client
    from rich.console import Console

_MISSING = frozenset({"NoSuchKey", "AccessDenied"})


def run_report(given: argparse.Namespace, console: Console) -> int:
    """Print a move's report and write it to files if a place is named; returns the exit code as `local move` does.

    Raises:
        InputRefused: there is no report (yet), or it cannot be written there.
        RunFailed: AWS cannot be reached.
    """
    if given.report is not None:
        check_report_place(given.report)
    for name in ("account_id", "move_id"):
        checked_id(vars(given), name)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        files, bucket = stack.files, stack.output("BucketName")
        report, differences = fetch_report(files, bucket, given.account_id, given.move_id)
        recheck = fetch_recheck(files, bucket, given.account_id, given.move_id)
    if given.report is not None:
        write_report(given.report, report, differences)
    for line in report_in_words(report):
        say(console, line)
    if recheck is None:
        return exit_code(report, ())
    for line in recheck_in_words(recheck):
        say(console, line)
    return max(exit_code(report, ()), NOT_DONE if recheck["drifted"] else DONE)


def fetch_report(files: S3Client, bucket: str, account_id: str, move_id: str) -> tuple[dict[str, Any], bytes]:
    """Read the report and its differences as CSV.

    Raises:
        InputRefused: there is none; a move that runs has none before it is paused or done.
    """
    key = f"reports/{account_id}/{move_id}"
    found, differences = _read(files, bucket, f"{key}.json"), _read(files, bucket, f"{key}.csv")
    if found is None or differences is None:
        raise InputRefused(
            "no_report",
            f"account {account_id} has no report of a move {move_id}",
            "See `deskshift status`: a move that runs has no report before it is paused or done.",
        )
    return msgspec.json.decode(found, type=dict[str, Any]), differences


def fetch_recheck(files: S3Client, bucket: str, account_id: str, move_id: str) -> dict[str, Any] | None:
    """Read what the check a day later found; None before it."""
    found = _read(files, bucket, f"reports/{account_id}/{move_id}.recheck.json")
    return None if found is None else msgspec.json.decode(found, type=dict[str, Any])


def _read(files: S3Client, bucket: str, key: str) -> bytes | None:
    try:
        return files.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        return None
