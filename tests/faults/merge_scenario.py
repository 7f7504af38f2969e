"""A billing merge as a run that can be disturbed: a preview, a message, and an operator who sends it again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deskshift.domain.billing.requests import merge_id
from infra.local.stack.errors import FunctionFailed
from tests.faults.end_state import End
from tests.faults.ground import Clock, send_request
from tests.faults.scenarios import ACCOUNT, EXIT, LOST, Event
from tests.support.billing import account as billing_account
from tests.support.billing import billing, invoice, paid
from tests.support.merging import DEAD_LETTERS, QUEUE, export_of
from tests.support.moves import Account, Json

ASKED = {
    "request_id": "request-1",
    "account_id": ACCOUNT,
    "requested_by": "admin",
    "upgrade_at": "2022-12-01",
}


MERGE_ID = merge_id(ACCOUNT, str(ASKED["request_id"]))


@dataclass(frozen=True)
class MergeScenario:
    """Chat joins support after the deadline, with a part-paid invoice, its contact and its card."""

    name: str = "merge"
    ends: str = "done"
    upgrade_passed: bool = True
    refused_order: bool = False
    refused_first: bool = False
    looks: int = 0

    def export(self) -> Json:
        """Make the account's billing."""
        bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
        chat = billing_account("chat", invoices=(bill,), payments=(paid(bill, 3690),))
        export = export_of(billing(chat, billing_account("support", "600")))
        export["account"]["id"] = ACCOUNT
        return export

    def options(self) -> dict[str, Any]:
        """Leave the sandbox as it is."""
        return {}

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Let nothing happen meanwhile: what changed would refuse the merge."""
        return {}

    def ids(self) -> Json:
        """Name the request."""
        return dict(ASKED)

    def request(self, preview_id: str) -> Json:
        """Make the message's body."""
        return {
            "request_id": "merge-1",
            "account_id": ACCOUNT,
            "preview_id": preview_id,
            "approved_by": "owner",
            "upgrade_passed": self.upgrade_passed,
        }

    def begin(self, account: Account) -> None:
        """Make the preview, again if that is killed, and send the message."""
        if self.refused_order:
            account.sandbox.faults(account.id, f"refuse={MERGE_ID}")
        made = None
        while made is None:
            made = self._preview(account)
        body = self.request(made["preview"]["preview_id"])
        if self.refused_first:
            send_request(account, {**body, "request_id": "merge-0", "upgrade_passed": False}, QUEUE)
        send_request(account, body, QUEUE)

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Send the message again if the merge has not ended; it is the same merge."""
        del clock
        made = self._preview(account)
        if made is None:
            return True
        if self.has_ended(account):
            return False
        send_request(account, self.request(made["preview"]["preview_id"]), QUEUE)
        return True

    def end(self, account: Account, folder: Path) -> End:
        """Look at both billing accounts, the ledger and the report; versions count calls, and times are other ones."""
        del folder
        shown = self.shown(account)
        state = account.sandbox.state(account.id)["billing"]
        for one in state["accounts"]:
            one.pop("version")
        report = shown["report"] or {}
        found = [] if shown["status"] == self.ends else [f"the merge is {shown['status']}: {report.get('refusals')}"]
        left = [queue for queue in (QUEUE, DEAD_LETTERS) if account.stack.queue_messages(queue)]
        found += [f"messages left in {queue}" for queue in left]
        total = sum(entry["amount_minor"] for entry in report.get("ledger", ()))
        if report and total != report["preview"]["total_minor"]:
            found.append(f"the ledger adds up to {total}, the preview to {report['preview']['total_minor']}")
        kept = {name: report.get(name) for name in ("ledger", "tasks", "refusals", "approved_by", "preview")}
        return End(tuple(found), {"billing": state, **kept})

    def _preview(self, account: Account) -> Json | None:
        try:
            made: Json = account.stack.invoke("preview_billing", dict(ASKED))
        except FunctionFailed as failed:
            if failed.error_type not in {EXIT, *LOST}:
                raise
            return None
        return made

    def shown(self, account: Account) -> Json:
        """Show the merge."""
        made: Json = account.stack.invoke("show_merge", {"account_id": ACCOUNT, "merge_id": MERGE_ID})
        return made

    def has_ended(self, account: Account) -> bool:
        """Whether the merge has ended; False too if that cannot be seen now."""
        try:
            ends = {"done", "failed"} if self.refused_first else {"done", "refused", "failed"}
            return self.shown(account)["status"] in ends
        except FunctionFailed as failed:
            if failed.error_type not in {EXIT, *LOST, "UnknownMerge"}:
                raise
            return False


def buy_a_seat(account: Account) -> None:
    """Let somebody buy a seat of chat, as long as there is a chat subscription on its own account."""
    state = account.sandbox.state(account.id)["billing"]
    for subscription in _of(state, "chat")["subscriptions"]:
        subscription["charges"][0]["seats"][0]["quantity"] += 1
    _of(state, "chat")["version"] += 1
    account.sandbox.set_options(account.id, billing=state)


def half_done(account: Account, status: str) -> str | None:
    """Say what is half done in the end: all is posted, or nothing is and the account is collected as before."""
    state = account.sandbox.state(account.id)["billing"]
    chat, support = _of(state, "chat"), _of(state, "support")
    as_before = all(chat[name] for name in ("autopay", "dunning", "renewal"))
    holds = {
        "done": not chat["subscriptions"] and len(support["invoices"]) == 1,
        "refused": bool(chat["subscriptions"]) and as_before and not support["invoices"] and not chat["credits"],
    }
    return None if holds.get(status) else f"the merge is {status}: {json.dumps(state)}"


def _of(state: Json, product: str) -> Json:
    found: Json = next(one for one in state["accounts"] if one["product"] == product)
    return found


MERGE = MergeScenario()
NOT_PASSED = MergeScenario(name="merge-refused", ends="refused", upgrade_passed=False)
TRIED_AGAIN = MergeScenario(name="merge-tried-again", refused_first=True)
ORDER_REFUSED = MergeScenario(name="merge-failed", ends="failed", refused_order=True)
