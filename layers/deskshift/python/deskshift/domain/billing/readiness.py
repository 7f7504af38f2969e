"""Whether a preview may be carried out now: each reason against it is a refusal."""

from datetime import datetime, timedelta

from deskshift.domain.billing import refusals
from deskshift.domain.billing.changes import first_change
from deskshift.domain.billing.choices import instant
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.preview import Preview
from deskshift.model.merge import MergeRequest, StoredPreview
from deskshift.model.move import Notice

_AFTER_CHECKS = frozenset({"inherit", "co_term"})


def against(
    stored: StoredPreview, preview: Preview, request: MergeRequest, facts: tuple[Facts, Facts], now: datetime
) -> list[Notice]:
    """Find what speaks against carrying a preview out.

    Args:
        stored: the preview as it was kept, with its expiry.
        preview: the whole of it.
        request: who asks for what.
        facts: what it rests on, and the same as it is now.
        now: the present time, aware.
    """
    if preview.decision == "refused":
        return list(preview.refusals)
    before, after = facts
    found = []
    if instant(stored.expires_at) <= now:
        found.append(refusals.preview_expired(stored.expires_at))
    if preview.decision == "merge" and now >= before.upgrade.at:
        found.append(refusals.too_late(stored.request.upgrade_at))
    if preview.decision in _AFTER_CHECKS:
        if not request.upgrade_passed:
            found.append(refusals.not_passed(preview.decision))
        if now < before.upgrade.at:
            found.append(refusals.not_due(stored.request.upgrade_at))
    changed = first_change(before.billing, after.billing)
    if changed is not None:
        found.append(refusals.changed(changed))
    if preview.order is not None and not request.forced:
        found += _renewing(after, now)
    return found


def _renewing(facts: Facts, now: datetime) -> list[Notice]:
    quiet = timedelta(hours=facts.policy.quiet_hours)
    return [
        refusals.renewal_soon(account.number, account.renews_at, facts.policy.quiet_hours)
        for account in facts.billing.accounts
        if account.renews_at is not None and timedelta(0) <= instant(account.renews_at) - now < quiet
    ]
