"""A reissue: one grant of one agent to one client, from the invitation to its end."""

from typing import Literal

import msgspec

from deskshift.model.oauth import TokenInfo

Route = Literal["direct", "brokered", "machine", "manual"]
"""`direct`: the integration's own authorization start. `brokered`: deskshift is the client until the token is
collected. `machine`: client credentials, no person. `manual`: an operator task."""
Status = Literal[
    "invited", "authorized", "verified", "collected", "confirmed", "declined", "expired", "withdrawn", "wrong_person", "failed"
]
"""`authorized`: the issuer has a new token that is not verified. `verified`: it was used in a live call and is the
invited agent's. `collected`: brokered only, the integration has it. The rest are ends."""
ENDS: frozenset[Status] = frozenset({"confirmed", "declined", "expired", "withdrawn", "wrong_person", "failed"})
OldToken = Literal["in_force", "retired", "expires_by_itself", "gone", "operator_task"]
"""What became of the token before: `gone` if the issuer did not know it any more when it was to be retired."""


class ReissueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request; the body of a queue message. Without `client_id` all grants of the account are reissued.

    `agent_id` None with a `client_id` means the client's own grant (client credentials).
    """

    request_id: str
    account_id: str
    requested_by: str
    client_id: str | None = None
    agent_id: str | None = None


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a reissue; `lock` makes a late writer lose. No token, code or verifier is in it.

    Times are RFC 3339 in UTC with milliseconds. `old` are the tokens that were in force when it was opened, `successor`
    the issuer's id of the new one. `reminded` counts reminders. `dropped_scopes` were granted before and are not now,
    each with the reason. `retire_after` is the end of the commit window. `reason` says in words why it ended so.
    """

    account_id: str
    reissue_id: str
    request: ReissueRequest
    client_id: str
    agent_id: str | None
    route: Route
    status: Status
    opened_at: str
    deadline: str
    scopes: tuple[str, ...]
    dropped_scopes: tuple[tuple[str, str], ...] = ()
    old: tuple[TokenInfo, ...] = ()
    successor: str | None = None
    old_token: OldToken = "in_force"
    reminded: int = 0
    last_reminded_at: str | None = None
    retire_after: str | None = None
    reason: str | None = None
    ended_at: str | None = None
    lock: int = 0
