"""What has to happen besides, and when: told with the preview, so that it is known when the request arrives (Z-36)."""

from deskshift.domain.billing.decision import DecisionKind

_STEPS: dict[DecisionKind, tuple[str, ...]] = {
    "merge": (
        "The billing accounts are merged before the upgrade's window: it waits for that.",
        "The account's owner approves this preview before it expires.",
        "From the merge on there is one invoice for both products, to support's contacts, by support's payment method.",
    ),
    "inherit": (
        "The account's owner approves this preview before it expires.",
        "Nothing is posted before the upgrade's checks have passed; a failed upgrade posts nothing.",
    ),
    "co_term": (
        "The account's owner approves this preview before it expires.",
        "Nothing is posted before the upgrade's checks have passed; a failed upgrade posts nothing.",
    ),
    "cancel": ("The chat account is cancelled at once, and the upgrade with it.",),
    "unaffected": (),
    "refused": (),
}


def steps(decision: DecisionKind) -> tuple[str, ...]:
    """Tell what a decision asks for besides."""
    return _STEPS[decision]
