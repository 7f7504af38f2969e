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
    # A term of whole months from 31 January on ends on 28 February, and the next one on 31 March.
    renewals = Series(term.start, _MONTH)
    ended = renewals.number_at(term.end)
    if renewals.boundary(ended) != term.end:
        renewals, ended = Series(term.end, _MONTH), 0
    months = term_months(term, subscription.cycle)
    passed = (renewals.number_at(day) - ended) // months + 1
    return renewals.boundary(ended + passed * months)


def term_months(term: Term, cycle: Cycle) -> int:
    """Give the months of a term when it renews; one that does not say is renewed for one billing cycle."""
    return term.months or MONTHS[cycle]
