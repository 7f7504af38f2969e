"""What a local move is asked to do, checked as far as it can be before anything starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskshift.domain.requests import parse_request
from deskshift.model.errors import InvalidField
from infra.cli.errors import InputRefused, bad_option
from infra.local.sandbox.export import ExportError, load_export
from infra.local.sandbox.faults import FaultSpecError, parse_faults

if TYPE_CHECKING:
    from pathlib import Path

    from deskshift.model.move import MoveRequest
    from infra.local.sandbox.export import AccountExport

MOST_ARRIVALS = 1_000_000
_STATUS_MAP = (
    re.compile(r"open=(?P<open>.+?),closed=(?P<closed>.+)", re.DOTALL),
    re.compile(r"closed=(?P<closed>.+?),open=(?P<open>.+)", re.DOTALL),
)
_OPTIONS = {
    "account_id": "--account",
    "channel_id": "--channel",
    "requested_by": "--as",
    "history": "--history",
    "status_map": "--status-map",
    "start_at": "--at",
    "edition": "--edition",
}


@dataclass(frozen=True, kw_only=True)
class MoveOptions:
    """The options of `local move` as they were typed; paths are used as they are."""

    account: Path
    channel: str
    history: str = "all"
    status_map: str | None = None
    requested_by: str | None = None
    at: str | None = None
    edition: str | None = None
    mute: bool = False
    dry_run: bool = False
    arrivals: str = "0"
    faults: str = ""
    report: Path | None = None
    dump: Path | None = None
    verbose: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked request: the queue message's body, and what is done around it.

    `warnings` are in the report's form: code, message, what_to_do. `waits_until` is the start that the request names,
    if it lies ahead.
    """

    account: Path
    body: dict[str, Any]
    request: MoveRequest
    arrivals: int
    faults: str
    knows_channel: bool
    warnings: tuple[dict[str, str], ...]
    waits_until: str | None


def plan(options: MoveOptions, now: datetime) -> Plan:
    """Check the options and the export.

    What only the account's platform knows (may this agent, does this channel move) is left to the stack.

    Args:
        options: as typed.
        now: the present time, aware; the request's id is made of it.

    Raises:
        InputRefused: naming option or field, what was found, and what is allowed.
    """
    arrivals = whole_number("--arrivals", options.arrivals, 0, MOST_ARRIVALS)
    _check_faults(options.faults)
    _check_outputs(options)
    status_map = None if options.status_map is None else _status_map(options.status_map)
    export = _export(options.account)
    body = {
        "request_id": f"local-{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}",
        "account_id": export.account["id"],
        "channel_id": options.channel,
        "requested_by": options.requested_by if options.requested_by is not None else _first_super_admin(export),
        "history": options.history,
        "status_map": status_map,
        "start_at": options.at,
        "edition": options.edition,
        "mute": options.mute,
        "dry_run": options.dry_run,
    }
    request = _request(body)
    lies_ahead = request.start_at is not None and datetime.fromisoformat(request.start_at) > now
    return Plan(
        account=options.account,
        body=body,
        request=request,
        arrivals=arrivals,
        faults=options.faults,
        knows_channel=any(channel["id"] == options.channel for channel in export.channels),
        warnings=tuple(_ignored(str(warning)) for warning in export.warnings),
        waits_until=request.start_at if lies_ahead else None,
    )


def whole_number(option: str, text: str, least: int, most: int) -> int:
    """Read a whole number.

    Raises:
        InputRefused: it is none, or out of bounds.
    """
    # Longer ones are out of bounds whatever they say, and Python refuses to read very long ones.
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    raise bad_option(option, repr(text[:40]), f"a whole number from {least} to {most}")


def _check_faults(spec: str) -> None:
    try:
        parse_faults(spec)
    except FaultSpecError as error:
        allowed = f"allowed: {error.allowed}"
        raise InputRefused(
            error.code, f"--faults: in {error.part!r} found {error.found!r}; {allowed}", "Correct the option."
        ) from None


def _check_outputs(options: MoveOptions) -> None:
    """Find out now what would fail only after the move."""
    if options.report is not None:
        check_report_file(options.report)
    if options.dump is not None and _occupied_by_file(options.dump):
        raise bad_option("--dump", f"{options.dump}, in whose way a file lies", "a folder, which is made if missing")


def check_report_file(file: Path) -> None:
    """Check that a report can be written there.

    Raises:
        InputRefused: it is a folder, has the CSV's name, or lies under a file.
    """
    if file.is_dir() or file.suffix == ".csv" or _occupied_by_file(file.parent):
        raise bad_option("--report", str(file), "a file in a folder, not named .csv, for the differences lie there")


def _occupied_by_file(folder: Path) -> bool:
    existing = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return existing is not None and not existing.is_dir()


def _status_map(text: str) -> dict[str, str]:
    for form in _STATUS_MAP:
        found = form.fullmatch(text)
        if found is not None:
            return {"open": found["open"], "closed": found["closed"]}
    raise bad_option("--status-map", repr(text[:200]), "open=STATUS,closed=STATUS, both sides once")


def _export(folder: Path) -> AccountExport:
    if not folder.is_dir():
        raise bad_option("--account", f"{folder}, which is no folder", "the folder of an account export")
    try:
        return load_export(folder)
    except ExportError as error:
        what_to_do = f"Correct the account export in {folder}; nothing was started."
        raise InputRefused(error.code, f"--account: {error}", what_to_do) from None


def _first_super_admin(export: AccountExport) -> str:
    for agent in export.agents:
        if agent["role"] == "super_admin":
            return str(agent["id"])
    raise InputRefused(
        "missing_permission",
        f"missing permission: super_admin; account {export.account['id']} has no agent of this role",
        "Name in --as who asks for the move; only a super admin may.",
    )


def _request(body: dict[str, Any]) -> MoveRequest:
    try:
        return parse_request(body)
    except InvalidField as error:
        option = _OPTIONS.get(error.field.split(".")[0], error.field)
        message = f"{option} ({error.field}): found {error.found}; allowed: {error.allowed}"
        raise InputRefused(error.code, message, error.what_to_do) from None


def _ignored(words: str) -> dict[str, str]:
    return {"code": "unknown_field", "message": words, "what_to_do": "Nothing, unless the field's name is mistyped."}
