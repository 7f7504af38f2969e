"""Reissues, grants and tokens for tests, each complete and with a way to change any field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from deskshift.domain.tokens.ids import reissue_id
from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.times import stamp
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue, ReissueRequest

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CLIENT, AGENT = "widget", "ada"
POLICY = TokensPolicy(
    edition="2026-04",
    version=1,
    deadline_days=14,
    reminder_days=(3, 7),
    commit_window_hours=72,
    collection_minutes=15,
    state_minutes=10,
    admin_scopes=("admin", "settings:*"),
)
REQUEST = ReissueRequest(
    request_id="request-1", account_id="acme", requested_by="operator", client_id=CLIENT, agent_id=AGENT
)


def after(**passed: float) -> datetime:
    """Give a time after `NOW`."""
    return NOW + timedelta(**passed)


def token(identity: str, created: datetime = NOW, **fields: Any) -> TokenInfo:  # noqa: ANN401 - the record's
    """Make a token of the one grant."""
    base = TokenInfo(id=identity, client_id=CLIENT, agent_id=AGENT, scopes=("read", "write"), created_at=stamp(created))
    return msgspec.structs.replace(base, **fields)


OLD = token("old", after(days=-100))


def reissue(**fields: Any) -> Reissue:  # noqa: ANN401 - the record's
    """Make the first, just opened, reissue of the one grant."""
    base = Reissue(
        account_id="acme",
        reissue_id=reissue_id("acme", CLIENT, AGENT),
        request=REQUEST,
        client_id=CLIENT,
        agent_id=AGENT,
        route="direct",
        status="invited",
        opened_at=stamp(NOW),
        deadline=stamp(after(days=14)),
        scopes=("read", "write"),
        old=(OLD,),
        edition=POLICY.edition,
        policy_version=POLICY.version,
        invited_at=stamp(NOW),
    )
    return msgspec.structs.replace(base, **fields)
