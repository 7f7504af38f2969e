"""What a person has to do after a merge, because no API can, or money may not move by itself."""

from typing import Literal

from deskshift.domain.billing.preview import Preview
from deskshift.model.billing import BillingAccount
from deskshift.model.merge import OperatorTask

Step = Literal["keep_contact", "keep_payment_method", "share", "close", "collect", "restore", "look"]
_STEPS: dict[Step, tuple[str, str]] = {
    "keep_contact": ("contact {} was not added to the shared account", "Add it there as an inactive contact."),
    "keep_payment_method": (
        "payment method {} was not added to the shared account",
        "Ask the customer for it there, if it is to be kept; the shared account's own one pays.",
    ),
    "share": ("billing account {} is not marked as the shared one", "Make it the one that both products share."),
    "close": ("billing account {} has nothing left, and was not closed", "Close it."),
    "collect": (
        "how bills of account {} are collected was not set back",
        "Set its autopay and dunning as they were; nothing on it renews.",
    ),
    "look": (
        "billing account {} cannot be looked at after the order, so that it stays open",
        "Look at what is open on it: set how it is collected, or close it.",
    ),
    "restore": (
        "how bills of account {} are collected was not set back after a merge that was not carried out",
        "Set its autopay, dunning and renewal as they were.",
    ),
}


def not_done(step: Step, what: str, vendor_code: str) -> OperatorTask:
    """Leave to a person what the billing system refused after the order was carried out.

    Args:
        step: what was to be done.
        what: the id or number of what it was to be done to.
        vendor_code: the billing system's own code.
    """
    words, what_to_do = _STEPS[step]
    return OperatorTask(
        code=f"{step}_refused",
        what=f"{words.format(what)}: the billing system answered {vendor_code}",
        what_to_do=what_to_do,
    )


def posted_otherwise(difference: str) -> OperatorTask:
    """Say that the billing system has posted something else than was approved."""
    return OperatorTask(
        code="posted_otherwise",
        what=f"the billing system has posted something else than was approved: {difference}",
        what_to_do="Compare its documents with the preview, and correct them there.",
    )


def tasks(preview: Preview, chat: BillingAccount, *, settled: bool, owner_transfer: bool) -> list[OperatorTask]:
    """Find what is left to people.

    Args:
        preview: what was carried out.
        chat: the chat product's account after the order.
        settled: whether nothing is left on it.
        owner_transfer: whether the billing system can give a subscription to another account by a call.
    """
    found = _means(preview)
    found += [_credit(code, minor, preview) for code, minor in sorted(_unapplied(chat).items())]
    moves = preview.order is not None and any(one.account_id != one.to_account_id for one in preview.order.changes)
    if moves and not owner_transfer:
        found.append(
            OperatorTask(
                code="owner_transfer",
                what="the chat subscription stays where it is: the billing system cannot move it by a call",
                what_to_do="Ask the billing system's support to transfer its owner, then confirm.",
            )
        )
    if not settled:
        found.append(
            OperatorTask(
                code="account_open",
                what=f"billing account {chat.number} stays open: something on it is not settled",
                what_to_do="Collect or settle what is open, then close the account.",
            )
        )
    return found


def _means(preview: Preview) -> list[OperatorTask]:
    """Support had no contact or no payment method: chat's are kept active, and a person makes them the account's."""
    return [
        OperatorTask(
            code=f"no_{what}",
            what=f"support's billing account has no {words} of its own; chat's are kept there, active",
            what_to_do=f"Make one of them the account's {words}, or ask the customer for another.",
        )
        for what, words in (("payment_method", "payment method"), ("contacts", "billing contact"))
        if what in preview.inventory.taken_over
    ]


def _unapplied(account: BillingAccount) -> dict[str, int]:
    """Sum by currency what of an account's credits is on no invoice."""
    found: dict[str, int] = {}
    for credit in account.credits:
        if credit.unapplied_minor:
            found[credit.currency] = found.get(credit.currency, 0) + credit.unapplied_minor
    return found


def _credit(code: str, minor: int, preview: Preview) -> OperatorTask:
    what = f"{minor} minor units of {code} are credited on the chat account"
    if code != preview.currency:
        return OperatorTask(
            code="credit_in_another_currency",
            what=what,
            what_to_do="Settle it with the customer: nothing is converted, and nothing is refunded by itself.",
        )
    return OperatorTask(
        code="credit_stays",
        what=what,
        what_to_do="Give the credit to the shared account, or settle it with the customer.",
    )
