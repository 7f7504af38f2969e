"""What a local move is asked to do, checked as far as it can be before anything starts."""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskshift.domain.requests import identifier, parse_request
from deskshift.model.errors import InvalidField
from infra.cli.errors import InputRefused, bad_option
from infra.local.sandbox.export import ExportError, load_export
from infra.local.sandbox.faults import FaultSpecError, parse_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from deskshift.model.move import MoveRequest
    from infra.local.sandbox.export import AccountExport

MOST_ARRIVALS = 1_000_000
_STATUS_MAP = (
    re.compile(r"open=(?P<open>.+?),closed=(?P<closed>.+)", re.DOTALL),
    re.compile(r"closed=(?P<closed>.+?),open=(?P<open>.+)", re.DOTALL),
)
_OPTIONS = {
    "account_id": "--account-id",
    "request_id": "--request-id",
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
    check_faults(options.faults)
    status_map = None if options.status_map is None else status_map_of(options.status_map)
    export = exported(options.account)
    body = {
        "request_id": f"local-{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}",
        "account_id": export.account["id"],
        "channel_id": options.channel,
        "requested_by": options.requested_by if options.requested_by is not None else first_super_admin(export),
        "history": options.history,
        "status_map": status_map,
        "start_at": options.at,
        "edition": options.edition,
        "mute": options.mute,
        "dry_run": options.dry_run,
    }
    request = checked_request(body)
    if options.dump is not None:
        _check_dump(options.dump, options)
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


def check_faults(spec: str) -> None:
    """Check a specification of faults.

    Raises:
        InputRefused: naming the part, what was found, and what is allowed.
    """
    try:
        parse_faults(spec)
    except FaultSpecError as error:
        allowed = f"allowed: {error.allowed}"
        raise InputRefused(
            error.code, f"--faults: in {error.part!r} found {error.found!r}; {allowed}", "Correct the option."
        ) from None


def check_report_file(file: Path) -> None:
    """Check that a report can be written there, and make its folder: it would be a pity to learn it after the move.

    Raises:
        InputRefused: it is a folder, has the CSV's name, or its folder cannot be made.
    """
    check_report_place(file)
    check_file("--report", file)


def check_file(option: str, file: Path) -> None:
    """Check that something can be written there, and make its folder.

    Raises:
        InputRefused: it is a folder, or the file system has something else against it.
    """
    with _usable(option, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass


def check_report_place(file: Path) -> None:
    """Check what can be said of a report's place before there is a report.

    Raises:
        InputRefused: it is a folder, or has the CSV's name.
    """
    with _usable("--report", file):
        if file.is_dir():
            raise bad_option("--report", f"{file}, a folder", "a file")
        if file.suffix == ".csv":
            raise bad_option("--report", str(file), "a file not named .csv, for the differences lie in that")


def _check_dump(folder: Path, options: MoveOptions) -> None:
    """Make the folder and see that it can be written to; a dump must not replace what was given or asked for."""
    with _usable("--dump", folder):
        folder.mkdir(parents=True, exist_ok=True)
        _try_writing(folder)
        if folder.resolve() == options.account.resolve():
            raise bad_option("--dump", str(folder), "another folder than the account export's, which it would replace")
        if options.report is not None and options.report.resolve() == folder.resolve():
            raise bad_option("--dump", str(folder), "another place than the report's")


def _try_writing(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextlib.contextmanager
def _usable(option: str, path: Path) -> Iterator[None]:
    """Say of which option it is that the file system has something against a path."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a null character in it
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise bad_option(option, f"{str(path)[:200]!r}: {why}", "a path that can be used") from None


def status_map_of(text: str) -> dict[str, str]:
    """Read open=STATUS,closed=STATUS.

    Raises:
        InputRefused: it is something else.
    """
    for form in _STATUS_MAP:
        found = form.fullmatch(text)
        if found is not None:
            return {"open": found["open"], "closed": found["closed"]}
    raise bad_option("--status-map", repr(text[:200]), "open=STATUS,closed=STATUS, both sides once")


def exported(folder: Path) -> AccountExport:
    """Load an account export.

    Raises:
        InputRefused: the folder or a file in it is not as it must be.
    """
    with _usable("--account", folder):
        if not folder.is_dir():
            raise bad_option("--account", f"{folder}, which is no folder", "the folder of an account export")
    try:
        return load_export(folder)
    except ExportError as error:
        what_to_do = f"Correct the account export in {folder}; nothing was started."
        words = str(error).removesuffix(f" [{error.code}]")
        raise InputRefused(error.code, f"--account: {words}", what_to_do) from None


def first_super_admin(export: AccountExport) -> str:
    """Find who asks where nobody is named.

    Raises:
        InputRefused: the account has no super admin.
    """
    for agent in export.agents:
        if agent["role"] == "super_admin":
            return str(agent["id"])
    raise InputRefused(
        "missing_permission",
        f"missing permission: super_admin; account {export.account['id']} has no agent of this role",
        "Name in --as who asks for the move; only a super admin may.",
    )


def checked_id(given: Mapping[str, Any], field: str) -> None:
    """Check an id as the stack does.

    Raises:
        InputRefused: naming the option, what was found, and what is allowed.
    """
    try:
        identifier(given, field)
    except InvalidField as error:
        raise bad_option(f"--{field.replace('_', '-')}", error.found, error.allowed) from None


def checked_request(body: dict[str, Any]) -> MoveRequest:
    """Check a request as the stack does.

    Raises:
        InputRefused: naming the option, what was found, and what is allowed.
    """
    try:
        return parse_request(body)
    except InvalidField as error:
        option = _OPTIONS.get(error.field.split(".")[0], error.field)
        message = f"{option} ({error.field}): found {error.found}; allowed: {error.allowed}"
        raise InputRefused(error.code, message, error.what_to_do) from None


def _ignored(words: str) -> dict[str, str]:
    return {"code": "unknown_field", "message": words, "what_to_do": "Nothing, unless the field's name is mistyped."}
