"""A billing merge on a fresh local stack against a fresh vendor sandbox, on the day that is asked for."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from infra.cli.billing_days import day
from infra.cli.errors import bad_option
from infra.cli.local_account import local_account, see_that_it_was_taken
from infra.cli.move_options import exported, first_super_admin
from infra.cli.terminal import tell
from infra.local.clock import set_to

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from infra.local.sandbox.export import AccountExport
    from infra.local.stack import LocalStack

MORNING = time(9)
"""When on the upgrade's day the local run takes place: before the window, and after what was chosen that day."""
AFTER_CHECKS = timedelta(hours=19)
"""How long after that an upgrade's checks have passed, at four in the night: then what follows them is posted."""
_FOLLOWS = frozenset({"inherit", "co_term"})
DRAIN_SECONDS = 120.0


class LocalMerging:
    """One account on a local stack; fits `billing_merge.Stack`."""

    def __init__(self, stack: LocalStack, export: AccountExport, morning: datetime) -> None:
        self._stack = stack
        self._morning = morning
        self.account_id = str(export.account["id"])

    def preview(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function."""
        made: dict[str, Any] = self._stack.invoke("preview_billing", dict(request))
        return made

    def merge(self, request: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
        """Send the queue message and wait for the end; what follows the upgrade's checks is done after them."""
        waits = AFTER_CHECKS if made["preview"]["decision"] in _FOLLOWS else timedelta(0)
        with set_to((self._morning + waits).astimezone(UTC)):
            self._stack.send("BillingMergesQueue", dict(request), group_id=self.account_id)
            self._stack.drain(DRAIN_SECONDS)
        see_that_it_was_taken(self._stack, "BillingMergesDeadLetterQueue")
        asked = {"account_id": self.account_id, "merge_id": made["merge_id"]}
        ended: dict[str, Any] = self._stack.invoke("show_merge", asked)
        return ended


@contextmanager
def local(given: argparse.Namespace) -> Iterator[LocalMerging]:
    """Open a stack on the morning of the upgrade's day by the account's clock.

    Raises:
        InputRefused: the export or an option is wrong; nothing was started.
        RunFailed: stack or sandbox did not start, or a function failed.
    """
    export = exported(given.account)
    if export.billing is None:
        raise bad_option("--account", f"{given.account}, which has no billing.json", "an export with billing")
    for warning in export.warnings:
        tell(f"Warning: {warning}")
    morning = _morning(given, ZoneInfo(str(export.account["time_zone"])))
    given.as_of = morning.date().isoformat()
    given.chosen_at = (morning - timedelta(hours=1)).astimezone(UTC).isoformat(timespec="seconds")
    given.approved_by = given.approved_by or first_super_admin(export)
    with local_account(given.account) as one, set_to(morning.astimezone(UTC)):
        yield LocalMerging(one.stack, export, morning)


def _morning(given: argparse.Namespace, zone: ZoneInfo) -> datetime:
    upgrade = datetime.now(zone).date() + timedelta(days=1) if given.as_of is None else day("--as-of", given.as_of)
    return datetime.combine(upgrade, MORNING, zone)
