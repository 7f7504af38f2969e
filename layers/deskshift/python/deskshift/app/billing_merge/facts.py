"""Read what a merge is decided by."""

from deskshift.app.policies import billing_policies
from deskshift.app.wiring import Wiring
from deskshift.domain.billing.choices import Choice, scheduled
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.rates import with_plain_rates
from deskshift.domain.policy import choose_policy
from deskshift.model.merge import PreviewRequest, StoredPreview


def read_facts(wiring: Wiring, request: PreviewRequest, kept: StoredPreview | None = None) -> Facts:
    """Read both accounts as they are now, and put them together with the request and its policy.

    Args:
        wiring: stores and clients.
        request: what the preview is asked for.
        kept: the preview whose policy counts; None: the request's edition, newest version.

    Raises:
        UnknownAccount: no connection is recorded.
        InvalidField: there is no such edition.
    """
    edition, version = (request.edition, None) if kept is None else (kept.edition, kept.policy_version)
    policy = choose_policy(billing_policies(), edition, version)
    billing = with_plain_rates(wiring.billing(request.account_id).read())
    return Facts(
        billing=billing,
        policy=policy,
        choice=Choice(kind=request.choice, chosen_at=request.chosen_at),
        upgrade=scheduled(request.upgrade_at, billing.time_zone, policy.window_starts),
    )
