"""What a billing merge goes by is data: the deadline, rounding, what a cancellation credits (Z-03, Z-23 to Z-29)."""

import re
from datetime import date

import msgspec

from deskshift.model.currencies import EXPONENTS
from deskshift.model.errors import PolicyInvalid

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


class BillingPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edition's rules.

    `deadline` is the last local date of an upgrade whose billing is merged beforehand. `increments` are rounding
    steps in minor units by currency. `cancel_credits` says whether a cancelled chat is credited what it has not used.
    `window_starts` is the local time (HH:MM) at which an upgrade begins of which only the date is known.
    `preview_days` is how long a preview can be executed, `quiet_hours` how long before a renewal run nothing is
    posted.
    """

    edition: str
    version: int
    deadline: date
    increments: dict[str, int]
    cancel_credits: bool
    window_starts: str
    preview_days: int
    quiet_hours: int


def parse_billing_policy(file: str, content: bytes) -> BillingPolicy:
    """Read a policy file named `<edition>.v<version>.json`.

    Raises:
        PolicyInvalid: its form is wrong, or its name does not match.
    """
    try:
        policy = msgspec.json.decode(content, type=BillingPolicy)
    except msgspec.DecodeError as error:
        raise PolicyInvalid(file, str(error)) from None
    if file != f"{policy.edition}.v{policy.version}.json":
        raise PolicyInvalid(file, f"it says edition {policy.edition} version {policy.version}")
    wrong = sorted(code for code, step in policy.increments.items() if code not in EXPONENTS or step < 1)
    if not _TIME.fullmatch(policy.window_starts):
        raise PolicyInvalid(file, f"window_starts is {policy.window_starts!r}, allowed is HH:MM")
    if wrong:
        raise PolicyInvalid(file, f"the increments of {', '.join(wrong)}: a currency of ISO 4217 and a step from 1 on")
    return policy
