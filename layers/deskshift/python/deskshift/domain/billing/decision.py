"""Which way the billing of two products becomes one (Z-21 to Z-29, Z-53): a value with its reason."""

from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from deskshift.domain.billing import refusals
from deskshift.domain.billing.choices import in_time, instant
from deskshift.domain.billing.details import differing
from deskshift.domain.billing.facts import Facts
from deskshift.model.billing import Billing, BillingAccount, Contract, Subscription
from deskshift.model.move import Notice

DecisionKind = Literal["unaffected", "merge", "inherit", "co_term", "cancel", "refused"]
JOINS: frozenset[DecisionKind] = frozenset({"merge", "inherit", "co_term"})
"""Decisions by which chat's subscription comes to support's account, and its contacts and payment methods with it."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both products' accounts, each with the subscription that bills it; None where an account has none."""

    chat: BillingAccount
    support: BillingAccount
    chat_subscription: Subscription | None
    support_subscription: Subscription | None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is done, why, which details differ, and, if it is refused, each reason with what to do about it."""

    kind: DecisionKind
    reason: str
    differing: tuple[str, ...] = ()
    contract_id: str | None = None
    refusals: tuple[Notice, ...] = ()


def decide(facts: Facts) -> tuple[Decision, Pair | None]:
    """Decide by both accounts, the policy, the customer's choice and the upgrade's local date.

    Returns:
        The decision, and the two accounts that it is about; None where they are not there.
    """
    structural = refusals.of_structure(facts.billing)
    if structural:
        return _refused(structural), None
    pair = _pair(facts.billing)
    return _of(facts, pair), pair


def _of(facts: Facts, pair: Pair) -> Decision:
    chat, support = pair.chat_subscription, pair.support_subscription
    differ = _differing(pair)
    if facts.choice.kind != "cancel" and differ == ():
        return Decision(kind="unaffected", reason="both accounts have the same billing details (Z-22)")
    if facts.choice.kind != "none" and not in_time(facts.choice, facts.upgrade):
        return _refused([refusals.OPTIONS_CLOSED])
    if facts.choice.kind == "cancel":
        return _cancelled(chat)
    if chat is None or chat.state != "paid":
        return Decision(kind="unaffected", reason="chat is not paid: it is linked, and nothing is billed (Z-22)")
    if support is None or support.state != "paid":
        return _beside_unpaid(facts)
    return _of_both_paid(facts, chat, differ or ())


def _differing(pair: Pair) -> tuple[str, ...] | None:
    """Name the billing details that differ, if both are paid; that there are none is looked at first (Z-22)."""
    chat, support = pair.chat_subscription, pair.support_subscription
    if chat is None or support is None or not chat.state == support.state == "paid":
        return None
    return tuple(differing((pair.chat, chat), (pair.support, support)))


def _cancelled(chat: Subscription | None) -> Decision:
    if chat is None:
        return _refused([refusals.NOTHING_TO_CANCEL])
    return Decision(kind="cancel", reason="the customer chose to cancel the chat account (Z-26)")


def _beside_unpaid(facts: Facts) -> Decision:
    if facts.upgrade.day > facts.policy.deadline:
        return _refused([refusals.NO_TERM_TO_INHERIT])
    return Decision(kind="merge", reason="support is not paid: chat moves unchanged before the deadline (Z-23)")


def _of_both_paid(facts: Facts, chat: Subscription, differ: tuple[str, ...]) -> Decision:
    day, deadline = facts.upgrade.day, facts.policy.deadline
    contract = None if facts.choice.kind != "co_term" else _contract(facts, chat)
    if contract is not None and contract.start > day:
        return _refused([refusals.contract_starts_later(contract.id, str(contract.start))])
    if contract is not None:
        reason = f"contract {contract.id} was executed before the chat term ends (Z-27)"
        return Decision(kind="co_term", reason=reason, differing=differ, contract_id=contract.id)
    without = ""
    if facts.choice.kind == "co_term":
        without = "; no combined contract that covers it was executed in time, before the chat term ends (Z-28)"
    if day <= deadline:
        reason = f"details differ, and the upgrade's date {day} is not after the deadline {deadline} (Z-23){without}"
        return Decision(kind="merge", reason=reason, differing=differ)
    reason = f"details differ, and the upgrade's date {day} is after the deadline {deadline} (Z-24){without}"
    return Decision(kind="inherit", reason=reason, differing=differ)


def _contract(facts: Facts, chat: Subscription) -> Contract | None:
    """Find the newest combined contract that lasts beyond the upgrade and was executed in time.

    In time is before the scheduled instant, when both options close (Z-29), and before the chat term ends by the
    account's clock (Z-27).
    """
    zone = ZoneInfo(facts.billing.time_zone)
    valid = [
        one
        for one in facts.billing.contracts
        if one.end > facts.upgrade.day
        and instant(one.executed_at) < facts.upgrade.at
        and (chat.term.end is None or instant(one.executed_at).astimezone(zone).date() < chat.term.end)
    ]
    return max(valid, key=lambda one: instant(one.executed_at), default=None)


def _refused(reasons: list[Notice]) -> Decision:
    return Decision(kind="refused", reason=reasons[0].message, refusals=tuple(reasons))


def _pair(billing: Billing) -> Pair:
    chat = next(one for one in billing.accounts if one.product == "chat")
    support = next(one for one in billing.accounts if one.product == "support")
    return Pair(
        chat=chat,
        support=support,
        chat_subscription=next(iter(chat.subscriptions), None),
        support_subscription=next(iter(support.subscriptions), None),
    )
