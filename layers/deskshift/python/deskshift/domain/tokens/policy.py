"""What a reissue goes by is data: its deadline, its reminders, its windows, and what only administrators may grant."""

import msgspec

from deskshift.model.errors import PolicyInvalid


class TokensPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edition's rules.

    `deadline_days` is how long an agent has from the invitation on, `reminder_days` on which days after it they are
    reminded. `commit_window_hours` is how long the old token stays after the new one is verified.
    `collection_minutes` is how long a brokered token waits for its client, `state_minutes` how long an authorization
    that was begun may take. Only an administrator may grant one of `admin_scopes`; `*` in them stands for any text.
    """

    edition: str
    version: int
    deadline_days: int
    reminder_days: tuple[int, ...]
    commit_window_hours: int
    collection_minutes: int
    state_minutes: int
    admin_scopes: tuple[str, ...]


def parse_tokens_policy(file: str, content: bytes) -> TokensPolicy:
    """Read a policy file named `<edition>.v<version>.json`.

    Raises:
        PolicyInvalid: its form is wrong, its name does not match, or its rules contradict each other.
    """
    try:
        policy = msgspec.json.decode(content, type=TokensPolicy)
    except msgspec.DecodeError as error:
        raise PolicyInvalid(file, str(error)) from None
    if file != f"{policy.edition}.v{policy.version}.json":
        raise PolicyInvalid(file, f"it says edition {policy.edition} version {policy.version}")
    for field in ("deadline_days", "commit_window_hours", "collection_minutes", "state_minutes"):
        if getattr(policy, field) < 1:
            raise PolicyInvalid(file, f"{field} is {getattr(policy, field)}, allowed is 1 and more")
    days = policy.reminder_days
    if list(days) != sorted(set(days)) or (days and not 0 < days[0] <= days[-1] < policy.deadline_days):
        raise PolicyInvalid(file, "reminder_days: allowed are rising days between the invitation and the deadline")
    return policy
