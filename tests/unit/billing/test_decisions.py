"""Which way the billing of two products becomes one, and what is refused."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from deskshift.domain.billing.choices import Choice, Upgrade
from deskshift.domain.billing.preview import preview
from deskshift.model.billing import Contract, Term
from tests.support.billing import AFTER, BEFORE, account, billing, charge, facts, lines, made, subscription


@pytest.mark.requirement("Z-53")
@pytest.mark.parametrize(
    ("zone", "decision"),
    [
        ("Pacific/Kiritimati", "inherit"),
        ("Europe/Lisbon", "merge"),
        ("America/St_Johns", "merge"),
        ("Asia/Tokyo", "inherit"),
        ("Pacific/Pago_Pago", "merge"),
    ],
)
def test_the_upgrades_local_date_decides(zone: str, decision: str) -> None:
    given = facts(billing(time_zone=zone), BEFORE)
    at = datetime(2022, 11, 15, 20, 30, tzinfo=UTC)
    given = msgspec.structs.replace(given, upgrade=Upgrade(at=at, time_zone=zone))
    assert preview(given, "merge-1").decision == decision


@pytest.mark.requirement("Z-22")
def test_the_same_details_change_nothing() -> None:
    support = account("support", "600")
    term = support.subscriptions[0]
    chat = msgspec.structs.replace(
        support,
        id="billing-chat",
        product="chat",
        number="A-chat",
        subscriptions=(msgspec.structs.replace(term, id="sub-chat", charges=(charge("chat", "20"),)),),
    )
    of = made(billing(chat, support), AFTER)
    assert (of.decision, of.lines, of.order, of.total_minor) == ("unaffected", (), None, 0)
    assert of.inventory.added == ()


@pytest.mark.requirement("Z-22")
@pytest.mark.parametrize("state", ["free", "trial"])
def test_an_unpaid_chat_is_linked(state: str) -> None:
    chat = account("chat", subscriptions=(subscription("chat", "0", state=state),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert (of.decision, of.lines, of.order) == ("unaffected", (), None)


@pytest.mark.requirement("Z-24")
def test_a_paid_chat_beside_an_unpaid_support_has_no_term_to_inherit() -> None:
    support = account("support", subscriptions=(subscription("support", "0", state="free"),))
    late = made(billing(account("chat"), support), AFTER)
    assert (late.decision, [r.code for r in late.refusals]) == ("refused", ["no_term_to_inherit"])
    early = made(billing(account("chat"), support), BEFORE)
    assert (early.decision, early.lines) == ("merge", ())
    assert early.order is not None
    assert early.order.changes[0].owner_only


@pytest.mark.requirement("Z-29")
def test_both_options_close_at_the_scheduled_instant() -> None:
    for kind in ("cancel", "co_term"):
        choice = Choice(kind=kind, chosen_at="2022-12-01T12:00:00Z")
        of = made(billing(), AFTER, choice)
        assert [r.code for r in of.refusals] == ["options_closed"]


@pytest.mark.requirement("Z-27", "Z-28")
def test_a_combined_contract_counts_if_it_was_executed_before_the_chat_term_ends() -> None:
    contract = Contract(
        id="contract-1",
        executed_at="2022-11-25T09:00:00Z",
        start=AFTER,
        end=date(2023, 12, 1),
        cycle="year",
        prices={"chat-pro": "180", "support-pro": "550"},
    )
    term = Term(start=date(2022, 1, 10), end=date(2022, 12, 10), months=1)
    chat = account("chat", subscriptions=(subscription("chat", "20", term=term),))
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(chat, account("support", "600"), contracts=(contract,)), AFTER, choice)
    assert of.decision == "co_term"
    assert lines(of) == [
        ("charge", "chat", "2022-12-01", "2023-12-01", 54000, 54000),
        ("charge", "support", "2022-12-01", "2023-12-01", 165000, 165000),
    ]
    late = msgspec.structs.replace(contract, executed_at="2022-12-10T00:00:00Z")
    of = made(billing(chat, account("support", "600"), contracts=(late,)), AFTER, choice)
    assert of.decision == "inherit"
    assert "Z-28" in of.reason


def test_a_currency_without_a_price_list_names_both() -> None:
    chat = account("chat", currency="USD")
    of = made(billing(chat, account("support", "600"), prices=()), AFTER)
    assert [r.code for r in of.refusals] == ["no_price_in_currency"]
    assert "USD" in of.refusals[0].message
    assert "EUR" in of.refusals[0].message


def test_structures_that_cannot_be_merged_are_named() -> None:
    chat, support = account("chat"), account("support", "600")
    assert [r.code for r in made(billing(chat), AFTER).refusals] == ["no_support_account"]
    assert [r.code for r in made(billing(support), AFTER).refusals] == ["no_chat_account"]
    shared = billing(chat, support, shared_account_id=support.id)
    assert [r.code for r in made(shared, AFTER).refusals] == ["already_one_account"]
    closed = msgspec.structs.replace(support, status="closed")
    assert [r.code for r in made(billing(chat, closed), AFTER).refusals] == ["support_account_closed"]
    assert made(billing(chat, closed), AFTER).after == made(billing(chat, closed), AFTER).before


def test_a_currency_that_is_none_is_refused() -> None:
    of = made(billing(account("chat", currency="XYZ"), account("support", "600")), AFTER)
    assert [r.code for r in of.refusals] == ["unknown_currency"]


def test_a_payment_method_is_known_by_the_gateways_id_alone() -> None:
    support = account("support", "600")
    same = msgspec.structs.replace(account("chat").payment_methods[0], gateway_id="gw-support")
    chat = account("chat", payment_methods=(same,))
    of = made(billing(chat, support), AFTER)
    assert of.inventory.doubles == {"card-chat": "card-support"}
    assert of.inventory.added == ("contact-chat",)


@pytest.mark.requirement("Z-27", "Z-29")
@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ({}, "co_term"),
        ({"executed_at": "2022-12-01T12:00:00Z"}, "inherit"),  # at the scheduled instant both options are closed
        ({"end": AFTER}, "inherit"),  # it does not last beyond the upgrade
        ({"start": date(2022, 12, 2)}, "refused"),
    ],
)
def test_a_contract_has_to_cover_the_upgrade(changed: dict[str, Any], decision: str) -> None:
    given: dict[str, Any] = {
        "id": "contract-1",
        "executed_at": "2022-11-25T09:00:00Z",
        "start": AFTER if "end" not in changed else date(2022, 11, 1),
        "end": date(2023, 12, 1),
        "cycle": "year",
        "prices": {"chat-pro": "180", "support-pro": "550"},
    }
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(contracts=(Contract(**{**given, **changed}),)), AFTER, choice)
    assert of.decision == decision
    assert [r.code for r in of.refusals] == (["contract_starts_later"] if decision == "refused" else [])


def test_a_contract_that_began_earlier_counts_from_the_upgrade_on() -> None:
    contract = Contract(
        id="contract-1",
        executed_at="2022-11-25T09:00:00Z",
        start=date(2022, 11, 1),
        end=date(2023, 11, 1),
        cycle="year",
        prices={"chat-pro": "365", "support-pro": "365"},
    )
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(contracts=(contract,)), AFTER, choice)
    # 3 x 365 x 335/365
    assert [(x.product, str(x.period.start), x.amount_minor) for x in of.lines if x.kind == "charge"] == [
        ("chat", "2022-12-01", 100500),
        ("support", "2022-12-01", 100500),
    ]


@pytest.mark.requirement("Z-22")
def test_the_same_details_are_looked_at_before_a_late_choice() -> None:
    support = account("support", "600")
    chat = msgspec.structs.replace(
        support, id="billing-chat", product="chat", subscriptions=(subscription("support", "20", id="sub-chat"),)
    )
    late = Choice(kind="co_term", chosen_at="2022-12-01T12:00:00Z")
    assert made(billing(chat, support), AFTER, late).decision == "unaffected"


@pytest.mark.requirement("Z-26")
def test_there_has_to_be_something_to_cancel() -> None:
    choice = Choice(kind="cancel", chosen_at="2022-11-20T10:00:00Z")
    of = made(billing(account("chat", subscriptions=()), account("support", "600")), AFTER, choice)
    assert [r.code for r in of.refusals] == ["nothing_to_cancel"]


@pytest.mark.requirement("Z-28")
def test_before_the_deadline_the_reason_says_that_there_is_no_contract() -> None:
    choice = Choice(kind="co_term", chosen_at="2022-11-10T10:00:00Z")
    of = made(billing(), BEFORE, choice)
    assert of.decision == "merge"
    assert "Z-28" in of.reason


@pytest.mark.requirement("Z-27")
@pytest.mark.parametrize(("end", "months"), [(date(2024, 12, 1), 24), (date(2024, 12, 2), None)])
def test_what_a_contract_binds_renews_for_as_long_as_it(end: date, months: int | None) -> None:
    contract = Contract(
        id="contract-1",
        executed_at="2022-11-25T09:00:00Z",
        start=AFTER,
        end=end,
        cycle="month",
        prices={"chat-pro": "15", "support-pro": "45"},
    )
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(contracts=(contract,)), AFTER, choice)
    assert of.order is not None
    assert [change.term_months for change in of.order.changes] == [months, months]
