"""Everything that a merge is decided and reckoned by."""

import msgspec

from deskshift.domain.billing.choices import Choice, Upgrade
from deskshift.domain.billing.policy import BillingPolicy
from deskshift.model.billing import Billing


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Both accounts with price list and contracts as they are now, the rules, the choice, and the upgrade's time."""

    billing: Billing
    policy: BillingPolicy
    choice: Choice
    upgrade: Upgrade
