"""Commands for a stack that `local serve` serves: faults, update, teardown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import urllib3

from infra.cli.errors import DONE, InputRefused, RunFailed, bad_option
from infra.cli.move_options import check_faults
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from rich.console import Console

SECONDS = 120.0
OK = 200


def run_served(given: argparse.Namespace, console: Console) -> int:
    """Run one command; returns the exit code.

    Raises:
        InputRefused: no addresses, no such account, or the changed template cannot be deployed.
        RunFailed: nobody serves there any more.
    """
    addresses = _addresses(given.addresses)
    match given.command:
        case "faults":
            check_faults(given.faults)
            path = f"{addresses['sandbox']}/_sandbox/accounts/{given.account_id}/faults"
            _ask(path, {"spec": given.faults})
            say(console, f"Account {given.account_id}: {given.faults or 'no faults any more'}")
        case "update":
            changed = _ask(f"{addresses['control']}/update", {})["changed"]
            say(console, f"Updated: {', '.join(changed) or 'nothing has changed'}.")
        case _:
            retained = _ask(f"{addresses['control']}/teardown", {})["retained"]
            say(console, "Deleted; the template retains:")
            for logical_id, name in retained.items():
                say(console, f"  {logical_id}  {name}")
    return DONE


def _addresses(file: Path) -> dict[str, Any]:
    try:
        addresses = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        addresses = None
    if not isinstance(addresses, dict) or not {"control", "sandbox"} <= addresses.keys():
        raise bad_option("--addresses", str(file), "the file that `local serve` wrote")
    return addresses


def _ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = urllib3.request("POST", url, json=body, timeout=SECONDS, retries=False)
    except urllib3.exceptions.HTTPError:
        raise RunFailed("not_served", f"nobody answers at {url}", "Start `deskshift local serve` again.") from None
    said: dict[str, Any] = answer.json() if answer.data else {}
    if answer.status != OK:
        error = said.get("error", said)
        message = str(error.get("message", "refused"))
        raise InputRefused(str(error.get("code", "refused")), message, "Correct it and ask again.")
    return said
