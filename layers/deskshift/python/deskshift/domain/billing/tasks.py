"""What a person has to do after a merge, because no API can, or money may not move by itself."""

from collections.abc import Iterable

from deskshift.domain.billing.preview import Preview
from deskshift.model.merge import OperatorTask


def tasks(preview: Preview, open_accounts: Iterable[str], *, owner_transfer: bool) -> list[OperatorTask]:
    """Find what is left to people.

    Args:
        preview: what was carried out.
        open_accounts: numbers of accounts that could not be closed.
        owner_transfer: whether the billing system can give a subscription to another account by a call.
    """
    found = [
        OperatorTask(
            code="credit_in_another_currency",
            what=f"{-line.amount_minor} minor units of {line.currency} are credited on the chat account"
            f" ({line.description}, {line.period.start} to {line.period.end})",
            what_to_do="Settle it with the customer: nothing is converted, and nothing is refunded by itself.",
        )
        for line in preview.lines
        if line.kind == "credit" and line.currency != preview.currency
    ]
    moves = preview.order is not None and any(one.account_id != one.to_account_id for one in preview.order.changes)
    if moves and not owner_transfer:
        found.append(
            OperatorTask(
                code="owner_transfer",
                what="the chat subscription stays where it is: the billing system cannot move it by a call",
                what_to_do="Ask the billing system's support to transfer its owner, then confirm.",
            )
        )
    found += [
        OperatorTask(
            code="account_open",
            what=f"billing account {number} stays open: something on it is not settled",
            what_to_do="Collect or settle what is open, then close the account.",
        )
        for number in open_accounts
    ]
    return found
