"""The report of a reissue of tokens, and who is waited for, in words for a person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from infra.cli.tokens_tasks import whose
from infra.cli.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ROUTES = {
    "direct": "direct (at the integration's own start)",
    "brokered": "brokered (collected from deskshift)",
    "machine": "machine (client credentials)",
    "manual": "manual (by hand)",
}
_OLD = {
    "in_force": "still in force",
    "retired": "retired",
    "expires_by_itself": "expires by itself",
    "gone": "not there any more",
    "operator_task": "left to an operator",
    "none": "there was none",
}


def report_in_words(report: Mapping[str, Any]) -> list[str]:
    """Tell a report, line by line; `tasks` are in it."""
    return [printable(line) for line in _report(report)]


def pending_in_words(waiting: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell who is waited for."""
    return [printable(line) for line in _pending(waiting)]


def ended_in_words(reissues: Iterable[Mapping[str, Any]]) -> list[str]:
    """Tell where reissues stand after something was done to them."""
    return [printable(line) for line in [_stands(one) for one in reissues] or ["There is no reissue."]]


def waits_for(one: Mapping[str, Any]) -> str:
    """Say what an open reissue waits for."""
    match one["status"], one["route"]:
        case "invited", "manual":
            return "an operator"
        case "invited", "machine":
            return "the integration"
        case "invited", _:
            return "the agent"
        case "authorized", _:
            return "the integration"
        case "verified", "brokered":
            return "the integration"
        case _:
            return "the commit window"


def _report(report: Mapping[str, Any]) -> Iterator[str]:
    equal = "they do NOT balance"
    if report["balanced"]:
        equal = "each has ended" if report["complete"] else "each has its reissue, and not all have ended"
    yield f"Account {report['account_id']}: {report['grants_in']} grants in, {report['grants_out']} out; {equal}."
    rows = report["grants"]
    routes = Counter(row["route"] for row in rows)
    yield from _counted("Routes", {_ROUTES[route]: routes[route] for route in _ROUTES if routes[route]})
    yield from _counted("Outcomes", report["outcomes"])
    yield from _counted("Old tokens", {_OLD[name]: count for name, count in report["old_tokens"].items()})
    yield ""
    names = ("Client", "Agent", "Route", "Outcome", "Old token", "Why")
    yield from _table(names, [_row(row) for row in rows])
    yield from _listed("Scopes that were granted before and are not now:", _dropped(rows))
    yield from _listed("Waited for:", report["pending"])
    same = "are unchanged" if report["clients_unchanged"] else "are NOT unchanged"
    yield f"What the issuer shows of {len(report['clients'])} clients: all {same}."
    yield from _listed(
        "To check in the integrations:",
        (f"{one['name']} ({one['client_id']}): {'; '.join(one['reasons'])}" for one in report["to_check"]),
    )
    yield from _listed("To do:", (f"{one['what']}. {one['what_to_do']}" for one in report["tasks"]))


def _pending(waiting: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not waiting:
        yield "Nothing is open: nobody is waited for."
        return
    names = ("Reissue", "Client", "Agent", "Route", "Stands at", "Waits for", "Until", "Invited", "Reminded")
    rows = [
        (
            one["reissue_id"],
            one["client_id"],
            one["agent_id"] or "-",
            one["route"],
            one["status"],
            waits_for(one),
            one["deadline"],
            one["invitations"],
            one["reminded"],
        )
        for one in waiting
    ]
    yield from _table(names, rows)
    yield from _counted("Waits for", Counter(waits_for(one) for one in waiting))


def _stands(one: Mapping[str, Any]) -> str:
    if one["ended_at"] is None:
        stands = f"{one['status']}, until {one['deadline']}"
    else:
        stands = f"ended {one['status']}, old token {_old(one)}"
    return f"{one['reissue_id']}  {whose(one)}: {stands} ({one['reason']})"


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        row["client_id"],
        row["agent_id"] or "-",
        row["route"],
        row["status"],
        _old(row),
        row["reason"] or "",
    )


def _old(row: Mapping[str, Any]) -> str:
    return _OLD.get(row["old_token"], str(row["old_token"]))


def _dropped(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        for scope, why in row["dropped_scopes"]:
            yield f"{whose(row)}: {scope} ({why})"


def _counted(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    yield f"{title + ':':<12}{told or 'none'}"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield title
        yield f"  - {line}"


def _table(names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Iterator[str]:
    cells = [names, *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
