"""Why a billing merge is refused: each reason has a code, says what was found, and what to do."""

from deskshift.model.billing import Billing, BillingAccount
from deskshift.model.currencies import EXPONENTS
from deskshift.model.move import Notice

OPTIONS_CLOSED = Notice(
    "options_closed",
    "the choice was made at or after the upgrade's scheduled instant, when both options close (Z-29)",
    "Send the request without a choice, or schedule the upgrade anew.",
)
NO_TERM_TO_INHERIT = Notice(
    "no_term_to_inherit",
    "chat is paid and support is not, after the deadline: there is no term, cycle or currency to take over (Z-24)",
    "Let the customer buy a support plan, or cancel chat, then send the request again.",
)


def of_structure(billing: Billing) -> list[Notice]:
    """Find what rules a merge out before any terms are compared."""
    if billing.shared_account_id is not None:
        return [
            Notice(
                "already_one_account",
                f"both products share the billing account {billing.shared_account_id} already (Z-21)",
                "Nothing: there is nothing to merge.",
            )
        ]
    found = []
    for product in ("support", "chat"):
        accounts = [one for one in billing.accounts if one.product == product]
        if not accounts:
            found.append(
                Notice(
                    f"no_{product}_account", f"there is no billing account of {product}", "Open one, then ask again."
                )
            )
        if len(accounts) > 1:
            found.append(
                Notice(
                    f"several_{product}_accounts",
                    f"{product} has {len(accounts)} billing accounts: {', '.join(one.number for one in accounts)}",
                    "Merge these first: it is not known which one counts.",
                )
            )
        found += [notice for account in accounts for notice in _of_account(account)]
    return found + _unknown_currencies(billing)


def _unknown_currencies(billing: Billing) -> list[Notice]:
    used: set[str] = set()
    for account in billing.accounts:
        used.add(account.currency)
        used |= {invoice.currency for invoice in account.invoices}
        used |= {payment.currency for payment in account.payments}
        used |= {credit.currency for credit in account.credits}
    return [
        Notice(
            "unknown_currency",
            f"something is billed in {code!r:.16}, which is no currency of ISO 4217",
            "Correct the currency in the billing system: nothing can be rounded in it.",
        )
        for code in sorted(used - EXPONENTS.keys())
    ]


def no_price(plan: str, old: str, new: str) -> Notice:
    """The currency changes, and nothing is converted."""
    return Notice(
        "no_price_in_currency",
        f"plan {plan} is billed in {old}, and the price list has no entry for it in {new}",
        f"Add the plan's price in {new} to the price list, or let support change its currency.",
    )


def term_ended(product: str, end: str) -> Notice:
    """The term is over on the upgrade's date, and it does not renew."""
    return Notice(
        "term_ended",
        f"the {product} term ends on {end}, not after the upgrade's date, and does not renew",
        f"Renew the {product} subscription, then ask again.",
    )


def contract_lacks_price(contract: str, plan: str) -> Notice:
    """A combined contract prices both products."""
    return Notice(
        "contract_lacks_price",
        f"the combined contract {contract} has no price for plan {plan}",
        "Add the price to the contract, then ask again.",
    )


def contract_starts_later(contract: str, start: str) -> Notice:
    """Until then nobody would bill the chat subscription."""
    return Notice(
        "contract_starts_later",
        f"the combined contract {contract} starts on {start}, after the upgrade's date",
        "Schedule the upgrade for that day or later, or let the contract start earlier.",
    )


def preview_expired(expires_at: str) -> Notice:
    """Prices and accounts may have moved on."""
    return Notice(
        "preview_expired", f"the preview could be carried out until {expires_at}", "Make a new preview and approve it."
    )


def too_late(upgrade_at: str) -> Notice:
    """A merge before the deadline comes before the window (Z-23)."""
    return Notice(
        "window_begun",
        f"the billing is merged before the upgrade, which was scheduled for {upgrade_at}",
        "Schedule the upgrade anew, make a new preview and approve it.",
    )


def not_passed(decision: str) -> Notice:
    """After the deadline nothing is posted for an upgrade that failed (Z-24)."""
    return Notice(
        "upgrade_not_passed",
        f"a preview of {decision} is posted after the upgrade's checks have passed, and the request does not say so",
        "Send the request again once they have, with upgrade_passed and another request_id; if the upgrade failed,"
        " nothing is posted.",
    )


def changed(field: str) -> Notice:
    """A preview is carried out as it was approved, or not at all."""
    return Notice(
        "changed_since_preview",
        f"the accounts are not as they were when the preview was made: {field}",
        "Make a new preview and approve it.",
    )


def renewal_soon(number: str, renews_at: str, hours: int) -> Notice:
    """A renewal run bills by itself, and would come in between."""
    return Notice(
        "renewal_soon",
        f"billing account {number} renews at {renews_at}, in less than {hours} hours",
        "Wait until it has renewed and make a new preview, or send the request again with forced and"
        " another request_id.",
    )


def vendor_differs(difference: str) -> Notice:
    """Both reckon the same order, and must come to the same."""
    return Notice(
        "vendor_differs",
        f"the billing system reckons another amount: {difference}",
        "Compare its rounding, proration and tax settings with the policy's; nothing was changed.",
    )


def vendor_refused_before(code: str) -> Notice:
    """It will not reckon the order, or does not let the accounts be read."""
    return Notice(
        "vendor_refused",
        f"the billing system refused before anything was ordered ({code})",
        "See what it says about the account and the order; nothing was changed.",
    )


def vendor_unreadable(what: str) -> Notice:
    """What it answers is not what its description says."""
    return Notice(
        "vendor_answer_invalid",
        f"the billing system's answer cannot be read: {what}",
        "Compare it with its description; nothing was changed.",
    )


def not_due(at: str) -> Notice:
    """An upgrade cannot have passed its checks before it was to begin (Z-24)."""
    return Notice(
        "upgrade_not_due",
        f"the upgrade is scheduled for {at}, and nothing is posted before it",
        "Send the request again, with another request_id, once the upgrade's checks have passed.",
    )


def vendor_refused(code: str) -> Notice:
    """The one irreversible step was refused, so that nothing was posted."""
    return Notice(
        "vendor_refused",
        f"the billing system refused the order ({code})",
        "See what it says about the order; what was switched off before is on again.",
    )


def _of_account(account: BillingAccount) -> list[Notice]:
    found = []
    if account.status != "active":
        found.append(
            Notice(
                f"{account.product}_account_closed",
                f"the billing account {account.number} of {account.product} is closed",
                "Open it again, or name the account that is in use.",
            )
        )
    if len(account.subscriptions) > 1:
        found.append(
            Notice(
                "several_subscriptions",
                f"the billing account {account.number} has {len(account.subscriptions)} subscriptions",
                "Put their charges into one subscription first: each has a term of its own.",
            )
        )
    return found
