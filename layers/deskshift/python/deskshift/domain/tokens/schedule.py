"""When an invitation is due, when people are reminded, and how long what is begun may take; all by policy.

Expiry is checked here: DynamoDB's own only cleans up.
"""

from datetime import datetime, timedelta

from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.times import instant, over, stamp
from deskshift.model.reissue import Reissue


def deadline(policy: TokensPolicy, now: datetime) -> str:
    """Give until when an agent who is invited now may authorize."""
    return stamp(now + timedelta(days=policy.deadline_days))


def retire_after(policy: TokensPolicy, verified: datetime) -> str:
    """Give when the commit window of a token that is verified now closes."""
    return stamp(verified + timedelta(hours=policy.commit_window_hours))


def collection_ends(policy: TokensPolicy, sealed: datetime) -> str:
    """Give until when a token that is sealed now may be collected."""
    return stamp(sealed + timedelta(minutes=policy.collection_minutes))


def state_ends(policy: TokensPolicy, begun: datetime) -> str:
    """Give until when an authorization that is begun now may come back."""
    return stamp(begun + timedelta(minutes=policy.state_minutes))


def reminders_by(reissue: Reissue, policy: TokensPolicy, now: datetime) -> int:
    """Count the reminders that should have been sent since the last invitation."""
    invited = instant(reissue.invited_at or reissue.opened_at)
    return sum(invited + timedelta(days=day) <= now for day in policy.reminder_days)


def reminder_due(reissue: Reissue, policy: TokensPolicy, now: datetime) -> bool:
    """Say whether somebody has to be reminded now.

    Only who has still something to do is. Days that passed while nothing ran are made up for by one reminder.
    """
    waits = reissue.status == "invited" and reissue.becomes is None and reissue.exchange_at is None
    if not waits or over(reissue.deadline, now):
        return False
    return reminders_by(reissue, policy, now) > reissue.reminded
