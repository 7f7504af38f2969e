"""What is left for a person after a reissue of tokens, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LEFT = "operator_task"
_NOT_WELL = frozenset({"failed", "wrong_person"})


@dataclass(frozen=True)
class Place:
    """Where commands are given: their options, and whether what was done is there still at the next command."""

    options: str = ""
    stays: bool = True

    def command(self, name: str, reissue_id: str) -> str:
        """Write a whole command."""
        words = ["deskshift tokens", name, *([self.options] if self.options else []), "--reissue-id", reissue_id]
        return f"`{' '.join(words)}`"


def tasks(report: Mapping[str, Any], place: Place = Place()) -> list[dict[str, str]]:
    """Find what a person has to see to: `code`, `what` and `what_to_do`."""
    return [{"code": code, "what": what, "what_to_do": do} for code, what, do in _found(report, place)]


def whose(row: Mapping[str, Any]) -> str:
    """Name a grant."""
    agent = row["agent_id"]
    return f"{row['client_id']}, {'its own' if agent is None else f'for {agent}'}"


def _by_hand(row: Mapping[str, Any], place: Place) -> str:
    """What has ended is not confirmed: it is opened again first. A local run begins anew with each command."""
    if row["ended_at"] is None or not place.stays:
        return f"Renew it at the integration, then {place.command('confirm', row['reissue_id'])}."
    opened = f"Open it again with {place.command('invite', row['reissue_id'])}, which names the new reissue"
    return f"{opened}; renew it at the integration, then {place.command('confirm', 'THE_NEW_ONE')}."


def _found(report: Mapping[str, Any], place: Place) -> Iterator[tuple[str, str, str]]:
    for row in report["grants"]:
        grant, reissue = whose(row), row["reissue_id"]
        if row["route"] == "manual" and row["status"] != "confirmed":
            yield (
                "by_hand",
                f"{grant}: no route renews it",
                _by_hand(row, place),
            )
        if row["status"] in _NOT_WELL:
            yield (
                str(row["status"]),
                f"{grant}: {row['reason']}",
                f"See to the cause, then {place.command('invite', reissue)}.",
            )
        if row["old_token"] == _LEFT:
            tokens = ", ".join(row["old_tokens"]) or "which the issuer does not list"
            yield ("old_token", f"{grant}: the old token stays ({tokens})", "Revoke it at the issuer, or let it be.")
        if row["not_revoked"]:
            tokens = ", ".join(row["not_revoked"])
            yield (
                "not_revoked",
                f"{grant}: new tokens that were to be revoked may be in force ({tokens})",
                "The issuer refuses to revoke them: an administrator has to.",
            )
    for client_id, agent_id in report["missing"]:
        grant = whose({"client_id": client_id, "agent_id": agent_id})
        yield ("missing", f"{grant}: it has no reissue", "See the dead letters, and ask for this grant alone.")
    for client in report["clients"]:
        if not client["unchanged"]:
            yield (
                "client_changed",
                f"client {client['client_id']}: what the issuer shows of it is not what it was before",
                "Find out who changed it (Z-17); deskshift changes no client.",
            )
