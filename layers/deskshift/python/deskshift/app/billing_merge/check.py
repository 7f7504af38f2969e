"""Check that a preview may be carried out: as it is now, and as the billing system reckons it."""

from deskshift.app.billing_merge.facts import read_facts
from deskshift.app.billing_merge.kept import Kept
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing import refusals
from deskshift.domain.billing.comparison import first_difference
from deskshift.domain.billing.preview import reckoned_outcome
from deskshift.domain.billing.readiness import against
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused
from deskshift.model.merge import Merge
from deskshift.model.move import Notice


def checked(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> list[Notice]:
    """Read both accounts again and let the billing system reckon the order; gives what speaks against it."""
    stored, order = kept.stored, kept.preview.order
    try:
        now = read_facts(wiring, stored.request, stored)
        found = against(stored, kept.preview, merge.request, (kept.facts, now), wiring.clock())
        if found or order is None or not system.offers.previews:
            return found
        reckoned = system.preview(order)
    except VendorRefused as error:
        return [refusals.vendor_refused_before(error.vendor_code)]
    except VendorAnswerInvalid as error:
        return [refusals.vendor_unreadable(str(error))]
    difference = first_difference(reckoned_outcome(order, kept.facts), reckoned)
    return [] if difference is None else [refusals.vendor_differs(difference)]
