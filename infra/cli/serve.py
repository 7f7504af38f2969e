"""`deskshift local serve`: the stack and the vendor sandbox, left running for people and other processes."""

from __future__ import annotations

import contextlib
import json
import logging
import shlex
import signal
import threading
from typing import TYPE_CHECKING, Any

from infra.cli.errors import DONE, InputRefused, RunFailed, bad_option
from infra.cli.local_run import RETRY_SECONDS, TEMPLATE
from infra.cli.move_options import check_faults, exported, first_super_admin, whole_number
from infra.cli.serve_control import Control
from infra.cli.terminal import say
from infra.local import accounts
from infra.local.sandbox.client import Sandbox, SandboxError
from infra.local.stack import AwsEndpoint, LocalStack
from infra.local.stack.errors import LocalStackError
from infra.local.stack.schedules import Schedules

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from infra.local.sandbox.export import AccountExport

MOST_PORT = 65535
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
"""Whatever they are: nobody checks them here, but clients sign nothing without."""


def run_serve(given: argparse.Namespace, console: Console) -> int:
    """Serve until interrupted or terminated; returns 0.

    Args:
        given: account (folders of exports), port, addresses (a file, or None), faults.
        console: where the addresses are printed.

    Raises:
        InputRefused: an option or an export is wrong; nothing was started.
        RunFailed: stack or sandbox did not start.
    """
    port = whole_number("--port", given.port, 0, MOST_PORT)
    check_faults(given.faults)
    exports = [(folder, exported(folder)) for folder in given.account]
    ids = [export.account["id"] for _, export in exports]
    if len(set(ids)) < len(ids):
        raise bad_option("--account", f"{', '.join(ids)}", "accounts of different ids")
    if given.addresses is not None:
        _write(given.addresses, {})
        given.addresses.unlink()  # nobody shall take an earlier serving's for this one's
    stop = threading.Event()
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        with contextlib.ExitStack() as opened, _stopped_by_signals(stop):
            sandbox = opened.enter_context(Sandbox())
            stack = opened.enter_context(
                LocalStack.deploy(TEMPLATE, visibility_seconds=RETRY_SECONDS, skip_timestamp_waits=False)
            )
            endpoint = opened.enter_context(_endpoint(port))
            opened.enter_context(Schedules(stack.schedules, stack.fire_schedule))
            control = opened.enter_context(Control(stack, stop))
            addresses = _addresses(stack, sandbox, endpoint, control)
            for folder, export in exports:
                _connect(stack, sandbox, folder, export, given.faults)
                addresses["accounts"][export.account["id"]] = _described(export)
            _tell(addresses, console, given.addresses)
            if given.addresses is not None:
                _write(given.addresses, addresses)
            stop.wait()
    except (LocalStackError, SandboxError) as error:
        raise RunFailed(error.code, str(error), "Correct it and serve again.") from None
    say(console, "Stopped.")
    return DONE


@contextlib.contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and a termination end the serving, and nothing else."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _endpoint(port: int) -> AwsEndpoint:
    try:
        return AwsEndpoint(port)
    except OSError as error:
        raise bad_option("--port", f"{port}: {error.strerror}", "a port that is free, or 0") from None


def _connect(stack: LocalStack, sandbox: Sandbox, folder: Path, export: AccountExport, faults: str) -> None:
    token, secret = accounts.new_token(), accounts.new_webhook_secret()
    account_id = sandbox.add_account(folder, token=token, webhook_secret=secret, deskshift_url=stack.http_url)
    accounts.connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
    accounts.connect_issuer(stack, sandbox, export)
    if faults:
        sandbox.faults(account_id, faults)


def _described(export: AccountExport) -> dict[str, Any]:
    return {
        "super_admin": first_super_admin(export),
        "channels": {channel["id"]: channel["kind"] for channel in export.channels},
    }


def _addresses(stack: LocalStack, sandbox: Sandbox, endpoint: AwsEndpoint, control: Control) -> dict[str, Any]:
    return {
        "stack": stack.name,
        "environment": {"AWS_ENDPOINT_URL": endpoint.url, "AWS_DEFAULT_REGION": stack.region, **CREDENTIALS},
        "http_api": stack.http_url,
        "sandbox": sandbox.url,
        "control": control.url,
        "accounts": {},
    }


def _tell(addresses: dict[str, Any], console: Console, file: Path | None) -> None:
    """Print what to set at another terminal, also the names that docs/runbook.md uses, and what is where."""
    account_id, account = next(iter(addresses["accounts"].items()))
    names = {"STACK": addresses["stack"], "ACCOUNT": account_id, "BASE_URL": addresses["sandbox"]}
    names |= {} if file is None else {"ADDRESSES": str(file.resolve())}
    say(console, "In another terminal:")
    for name, value in {**addresses["environment"], **names}.items():
        say(console, f"  export {name}={shlex.quote(value)}")
    say(console, f"HTTP API (progress, ids, webhooks)  {addresses['http_api']}")
    say(console, f"Vendor sandbox                      {addresses['sandbox']}")
    for served, facts in addresses["accounts"].items():
        channels = ", ".join(f"{one} ({kind})" for one, kind in facts["channels"].items())
        say(console, f"Account {served}, super admin {facts['super_admin']}: {channels}")
    of = f"--stack {addresses['stack']} --account-id {account_id}"
    channel, admin = next(iter(account["channels"])), account["super_admin"]
    say(console, "For example:")
    say(console, f"  deskshift move {of} --channel {channel} --as {admin} --watch")
    say(console, f"  deskshift status {of} --move-id ID")
    say(console, f"  deskshift tokens reissue {of} --as {admin}")
    say(console, "Ctrl-C ends it; nothing is kept.")


def _write(file: Path, addresses: dict[str, Any]) -> None:
    """Write the file whole, for somebody waits for it to be there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}")
        unfinished.write_text(json.dumps(addresses, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        raise InputRefused(
            "invalid_option", f"--addresses: {error}", "Name a file in a folder that can be written to."
        ) from None
