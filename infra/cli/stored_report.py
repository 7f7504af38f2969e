"""A move's report where it outlives the move, in the bucket: read it, print it, keep it as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import InputRefused
from infra.cli.move_options import check_report_file
from infra.cli.outcome import exit_code
from infra.cli.report_files import write_report
from infra.cli.terminal import say
from infra.cli.words import report_in_words

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
        check_report_file(given.report)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        report, differences = fetch_report(stack.files, stack.output("BucketName"), given.account_id, given.move_id)
    if given.report is not None:
        write_report(given.report, report, differences)
    for line in report_in_words(report):
        say(console, line)
    return exit_code(report, ())


def fetch_report(files: S3Client, bucket: str, account_id: str, move_id: str) -> tuple[dict[str, Any], bytes]:
    """Read the report and its differences as CSV.

    Raises:
        InputRefused: there is none; a move that runs has none before it is paused or done.
    """
    key = f"reports/{account_id}/{move_id}"
    try:
        found = files.get_object(Bucket=bucket, Key=f"{key}.json")["Body"].read()
        differences = files.get_object(Bucket=bucket, Key=f"{key}.csv")["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        raise InputRefused(
            "no_report",
            f"account {account_id} has no report of a move {move_id}",
            "See `deskshift status`: a move that runs has no report before it is paused or done.",
        ) from None
    return msgspec.json.decode(found, type=dict[str, Any]), differences
