"""`deskshift connect`: record how an account's platform is reached, on a deployed stack."""

from __future__ import annotations

import getpass
import math
import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3

from deskshift.model.errors import UnknownAccount
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, InputRefused
from infra.cli.terminal import say
from infra.connections import Credentials, Platform, Target, connect, reach

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from deskshift.model.account import Connection

TOKEN_VARIABLE = "DESKSHIFT_PLATFORM_TOKEN"  # noqa: S105 - a variable's name
WEBHOOK_SECRET_VARIABLE = "DESKSHIFT_WEBHOOK_SECRET"  # noqa: S105 - a variable's name
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,}={0,2}")
_WHAT_TO_DO = "Correct the option and run the command again; nothing was changed."


def run_connect(given: argparse.Namespace, console: Console) -> int:
    """Store the secrets, write the record, and print where the platform has to send its webhooks.

    With --keep-secrets only the record changes, for a smaller budget is no reason to have the secrets at hand.

    The secrets come from the environment, or are asked for; they are never options, for those stand in process lists.

    Raises:
        InputRefused: an option or a secret is wrong, or AWS refuses; nothing is changed then.
        RunFailed: AWS cannot be reached.
    """
    platform = Platform(_base_url(given.base_url), rate(given.requests_per_second, "--requests-per-second"))
    if not _ACCOUNT_ID.fullmatch(given.account_id):
        raise InputRefused(
            "invalid_option",
            f"--account-id: found {given.account_id!r:.60}, allowed is an id of {_ACCOUNT_ID.pattern}",
            _WHAT_TO_DO,
        )
    credentials = None if given.keep_secrets else _credentials()
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        vault = boto3.client("secretsmanager", region_name=given.region)
        region = vault.meta.region_name
        target = Target(given.stack, region, stack.output("ConnectionsTableName"), stack.output("HttpApiUrl"), vault)
        connection = _connected(target, given.account_id, platform, credentials)
    say(console, f"Account {given.account_id} is connected. Let its platform send webhooks to:")
    say(console, connection.webhook_url)
    return DONE


def _connected(target: Target, account_id: str, platform: Platform, credentials: Credentials | None) -> Connection:
    if credentials is not None:
        return connect(target, account_id, platform, credentials, datetime.now(UTC))
    try:
        return reach(target, account_id, platform)
    except UnknownAccount as error:
        raise InputRefused(error.code, str(error), "Connect it without --keep-secrets first.") from None


def _credentials() -> Credentials:
    return Credentials(
        token=asked_secret(TOKEN_VARIABLE, "Access token of the account on its platform: "),
        webhook_secret=_signing_secret(),
    )


def _base_url(text: str) -> str:
    if not is_base_url(text):
        raise InputRefused(
            "invalid_option", f"--base-url: found {text!r:.80}, allowed is https://HOST (without /v1)", _WHAT_TO_DO
        )
    return text


def is_base_url(text: str) -> bool:
    """Say whether an address is one of a platform: no path, for the contract's is added, and nobody's password."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if (
        not host
        or port == 0
        or parts.username is not None
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in {"127.0.0.1", "localhost"})


def rate(text: str, option: str) -> float:
    """Read how many calls a second an option allows.

    Raises:
        InputRefused: it is no number over 0.
    """
    try:
        read = float(text)
    except ValueError:
        read = math.nan
    if not (math.isfinite(read) and read > 0):
        raise InputRefused("invalid_option", f"{option}: found {text!r:.40}, allowed is a number over 0", _WHAT_TO_DO)
    return read


def _signing_secret() -> str:
    secret = asked_secret(WEBHOOK_SECRET_VARIABLE, "Secret that the platform signs its webhooks with (whsec_…): ")
    if not _SECRET.fullmatch(secret):
        raise InputRefused(
            "invalid_secret", "the webhook secret: allowed is whsec_ and the base64 of 24 bytes or more", _WHAT_TO_DO
        )
    return secret


def asked_secret(variable: str, question: str) -> str:
    """Take a secret from the environment, or ask for it on a terminal.

    Raises:
        InputRefused: there is neither.
    """
    value = os.environ.get(variable, "")
    if not value and sys.stdin.isatty():
        value = getpass.getpass(question)
    if not value:
        raise InputRefused(
            "missing_secret", f"{variable} is not set", f"Set {variable}, or run the command on a terminal to be asked."
        )
    return value
