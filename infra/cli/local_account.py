"""A fresh local stack with the account of an export, for commands that play something on it to its end."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from deskshift.model.errors import error_class
from infra.cli.errors import InputRefused, RunFailed
from infra.cli.local_run import RETRY_SECONDS, TEMPLATE
from infra.local import accounts
from infra.local.sandbox.client import Sandbox, SandboxError
from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed, LocalStackError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LocalAccount(NamedTuple):
    """Where the account is."""

    stack: LocalStack
    sandbox: Sandbox
    account_id: str


@contextmanager
def local_account(folder: Path) -> Iterator[LocalAccount]:
    """Start a stack and a sandbox, and connect the account of an export.

    Raises:
        InputRefused: deskshift refused what was asked.
        RunFailed: stack or sandbox did not start, or a function failed.
    """
    silent = logging.NullHandler()
    logging.getLogger().addHandler(silent)
    try:
        with (
            Sandbox() as sandbox,
            LocalStack.deploy(TEMPLATE, {"LogLevel": "WARNING"}, visibility_seconds=RETRY_SECONDS) as stack,
        ):
            token, secret = accounts.new_token(), accounts.new_webhook_secret()
            account_id = sandbox.add_account(folder, token=token, webhook_secret=secret, deskshift_url=stack.http_url)
            accounts.connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
            yield LocalAccount(stack, sandbox, account_id)
    except FunctionFailed as error:
        raise _said(error) from None
    except (LocalStackError, SandboxError) as error:
        raise RunFailed(error.code, str(error), "Correct it and run it again.") from None
    finally:
        logging.getLogger().removeHandler(silent)


def see_that_it_was_taken(stack: LocalStack, dead_letter_queue: str) -> None:
    """Look whether a message was set aside.

    Raises:
        InputRefused: one was, with its reason.
    """
    for message in stack.queue_messages(dead_letter_queue):
        code = message.attributes.get("error_code", "failed_too_often")
        reason = message.attributes.get("reason", "it failed five times")
        raise InputRefused(code, reason, "Correct what it names and ask again.")


def _said(error: FunctionFailed) -> InputRefused | RunFailed:
    """Put what a function raised into words; a refusal of deskshift's own has its code."""
    kind = error_class(error.error_type)
    if kind.__name__ == error.error_type:
        return InputRefused(kind.code, error.error_message, kind.what_to_do)
    return RunFailed("function_failed", f"{error.error_type}: {error.error_message}", "Look for its cause.")
