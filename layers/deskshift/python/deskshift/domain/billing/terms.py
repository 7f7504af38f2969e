"""Until when a subscription lasts, seen from a day."""

from datetime import date

from deskshift.domain.billing.periods import MONTHS, Series
from deskshift.model.billing import Cycle, Subscription, Term

_MONTH: Cycle = "month"


def end_after(subscription: Subscription, day: date, series: Series) -> date | None:
    """Give the end of the term that a day is in: of the renewed one if the term has ended by then and renews.

    An evergreen subscription has no end; it is reckoned to the next boundary of the series.

    Args:
        subscription: whose term.
        day: e.g. the upgrade's local date.
        series: the periods that an evergreen one will be billed by.

    Returns:
        None if the term has ended by then and does not renew.
    """
    term = subscription.term
    if term.end is None:
        return series.next_boundary(day)
    if day < term.end:
        return term.end
    if not term.renews:
        return None
    renewals = Series(term.end, _MONTH)
    months = term_months(term, subscription.cycle)
    passed = renewals.number_at(day) // months + 1
    return renewals.boundary(passed * months)


def term_months(term: Term, cycle: Cycle) -> int:
    """Give the months of a term when it renews; one that does not say is renewed for one billing cycle."""
    return term.months or MONTHS[cycle]
