"""What `deskshift tokens` is asked for, checked before anything starts."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskshift.domain.tokens.requests import parse_order, parse_reissue_request
from deskshift.model.errors import InvalidField
from infra.cli.errors import InputRefused, bad_option
from infra.cli.move_options import check_file, check_report_place, checked_id, whole_number
from infra.cli.tokens_arguments import AGENTS, SEED
from infra.cli.tokens_tasks import Place
from infra.local.players.fractions import FractionsError, parse_fractions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from infra.local.players.fractions import Choice

MOST_DAYS = 3650
_MOST_SEED = 2**32
_LOCAL = ("agents", "seed", "as_of")
_DEPLOYED = ("account_id", "region", "batch_id")
_OPTIONS = {"requested_by": "--as", "operator": "--as", "action": "COMMAND"}


def check(given: argparse.Namespace) -> None:
    """See that one place is named, and only options that there are for it.

    Raises:
        InputRefused: naming the option, what was found, and what is allowed.
    """
    if (given.account is None) == (given.stack is None):
        found = "both" if given.account is not None else "neither"
        raise bad_option("--account, --stack", found, "one of them: an export's folder, or a deployed stack's name")
    local = given.account is not None
    for name in _DEPLOYED if local else _LOCAL:
        value = getattr(given, name, None)
        if value is not None:
            why = "with --stack; locally the export says whose account it is" if local else "with --account alone"
            raise bad_option(f"--{name.replace('_', '-')}", str(value)[:200], why)
    if local:
        fractions(given)
        seed(given)
        day(given, 0)
    elif given.account_id is None:
        raise bad_option("--account-id", "nothing", "the account's id, with --stack")
    for name in ("account_id", "reissue_id", "batch_id", "client_id", "agent_id"):
        if getattr(given, name, None) is not None:
            checked_id(vars(given), name)


def fractions(given: argparse.Namespace) -> dict[Choice, float]:
    """Read what those who are invited do.

    Raises:
        InputRefused: naming the part, what was found, and what is allowed.
    """
    try:
        return parse_fractions(AGENTS if given.agents is None else given.agents)
    except FractionsError as error:
        message = f"--agents: in {error.part!r:.80} found {error.found:.80}; allowed: {error.allowed}"
        raise InputRefused(error.code, message, "Correct the option.") from None


def seed(given: argparse.Namespace) -> int:
    """Read the seed.

    Raises:
        InputRefused: it is no whole number.
    """
    return whole_number("--seed", SEED if given.seed is None else given.seed, 0, _MOST_SEED)


def day(given: argparse.Namespace, default: int) -> int:
    """Read the day that is looked at.

    Raises:
        InputRefused: it is no whole number.
    """
    text = getattr(given, "as_of", None)
    return default if text is None else whole_number("--as-of", text, 0, MOST_DAYS)


def operator(given: argparse.Namespace) -> str:
    """Say who asks.

    Raises:
        InputRefused: nobody is named.
    """
    if given.operator is None:
        raise bad_option("--as", "nothing", "who asks for it, with --stack")
    return str(given.operator)


def place(given: argparse.Namespace) -> Place:
    """Say where a command that follows this one is given."""
    if given.stack is None:
        return Place(f"--account {shlex.quote(str(given.account))}", stays=False)
    region = [] if given.region is None else ["--region", given.region]
    asks = ["--as", getattr(given, "operator", None) or "OPERATOR"]
    return Place(shlex.join(["--stack", given.stack, *region, "--account-id", given.account_id, *asks]))


def check_report(given: argparse.Namespace) -> None:
    """See that there will be a report, and that it can be written: it would be a pity to learn it afterwards.

    Nothing is left behind: a file stands for a report.

    Raises:
        InputRefused: there will be none, or it cannot be written.
    """
    file = given.report
    if file is None:
        return
    if given.stack is not None and getattr(given, "client_id", None) is not None:
        raise bad_option("--report", str(file), "with all grants of a deployed stack; of one grant it has no report")
    check_report_place(file)
    was_there = file.exists()
    check_file("--report", file)
    if not was_there:
        file.unlink()


def reissue_request(given: argparse.Namespace, account_id: str, asks: str, now: datetime) -> dict[str, Any]:
    """Make the queue message.

    Raises:
        InputRefused: naming the option, what was found, and what is allowed.
    """
    body = {
        "request_id": _request_id(given, now),
        "account_id": account_id,
        "requested_by": asks,
        "client_id": given.client_id,
        "agent_id": given.agent_id,
    }
    return _checked(parse_reissue_request, body)


def order(given: argparse.Namespace, account_id: str, asks: str, now: datetime) -> dict[str, Any]:
    """Make what operate_tokens takes.

    Raises:
        InputRefused: naming the option, what was found, and what is allowed.
    """
    body = {
        "request_id": _request_id(given, now),
        "account_id": account_id,
        "operator": asks,
        "action": given.action,
        "reissue_id": given.reissue_id,
        "until": given.until,
    }
    return _checked(parse_order, body)


def _request_id(given: argparse.Namespace, now: datetime) -> str:
    made = f"cli-{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
    return made if given.request_id is None else str(given.request_id)


def _checked(parse: Callable[[object], object], body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        parse(body)
    except InvalidField as error:
        option = _OPTIONS.get(error.field, f"--{error.field.replace('_', '-')}")
        raise bad_option(option, error.found, error.allowed) from None
    return {name: value for name, value in body.items() if value is not None}
