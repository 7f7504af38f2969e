"""A reissue: one grant of one agent to one client, from the invitation to its end."""

from typing import Literal

import msgspec

from deskshift.model.oauth import TokenInfo

Route = Literal["direct", "brokered", "machine", "manual"]
"""`direct`: the integration's own authorization start. `brokered`: deskshift is the client until the token is
collected. `machine`: client credentials, no person. `manual`: an operator task."""
Status = Literal[
    "invited",
    "authorized",
    "verified",
    "collected",
    "confirmed",
    "declined",
    "expired",
    "withdrawn",
    "wrong_person",
    "failed",
]
"""`authorized`: the issuer has a new token that is not verified. `verified`: it was used in a live call and is the
invited agent's. `collected`: brokered only, the integration has it. The rest are ends."""
ENDS: frozenset[Status] = frozenset({"confirmed", "declined", "expired", "withdrawn", "wrong_person", "failed"})
OldToken = Literal["in_force", "retired", "expires_by_itself", "gone", "operator_task", "none"]
"""What became of the token before: `gone` if the issuer does not know it as in force any more and deskshift did not
retire it, `none` if there was none when the reissue was opened."""

Action = Literal["invite", "extend", "withdraw", "confirm", "roll_back"]
Shown = Literal["report", "pending", "progress"]


class ReissueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request; the body of a queue message. Without `client_id` all grants of the account are reissued.

    `agent_id` None with a `client_id` means the client's own grant (client credentials). `batch_id` names the request
    for all grants that a message for one of them is from.
    """

    request_id: str
    account_id: str
    requested_by: str
    client_id: str | None = None
    agent_id: str | None = None
    batch_id: str | None = None


class Reissue(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a reissue; `lock` makes a late writer lose. No token, code or verifier is in it.

    Times are RFC 3339 in UTC with milliseconds. `old` are the tokens that were in force when it was opened, and what
    they became by a refresh. `successor` is the issuer's id of the new one; `told_apart` False: it was chosen among
    tokens some of which may be refreshed old ones, so that it is not revoked for being new. `round` counts the reissues
    of one grant: an end is never taken back, so that who is invited after an end gets a new one. `invitations` counts
    the invitations within it, `reminded` the reminders since the last of them. `dropped_scopes` were granted before and
    are not now, each with the reason. `retire_after` is the end of the commit window. `reason` says in words why it
    stands as it does. `edition` and `policy_version` name the policy that it was opened by.

    `invitations_sent` is behind `invitations` until the letter is out. `joined` are the ids of later requests that
    found it open: redelivered, they have it as their result; `joined_by_batch` says whether one of them was for all
    grants of the account. `deeds` are the ids of the last orders of operators that changed it, each with what was
    ordered: an order that comes twice is done once. `untils` are the deadlines that those of them have named that
    extend.

    `becomes` is the status that it takes once all of `to_revoke` are revoked. It is recorded before the first is, so
    that whoever decides first wins, and nobody revokes what somebody else keeps. What is answered leaves `to_revoke`:
    `one_revoked` says whether the issuer knew any of those, and `refused` are those that it does not revoke.

    Brokered only: `exchange_at` is set before a code is sent to the issuer, and None again once it is known what came
    of it; `lost_at` is that of the last exchange whose answer was lost. `own_use` is the new token's `last_used_at`
    after deskshift's own live call: only a later one is the client's. `refreshed` says that the successor is not the
    token of that call any more, so that deskshift has never used it. `collected_at` is when the client had it,
    `acknowledged_at` when it said so.

    `not_revoked` are new tokens that the issuer has refused to revoke: an operator has to.

    `rolled_back` is None until the account goes back. Then it holds the new tokens that were found after an end, and
    that the rollback takes, and no others, however often it is asked for.
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
    round: int = 1
    edition: str | None = None
    policy_version: int | None = None
    successor: str | None = None
    told_apart: bool = True
    old_token: OldToken = "in_force"  # noqa: S105 - what became of it
    invited_at: str | None = None
    invitations: int = 1
    invitations_sent: int = 0
    joined: tuple[str, ...] = ()
    joined_by_batch: bool = False
    deeds: tuple[tuple[str, Action], ...] = ()
    untils: tuple[tuple[str, str], ...] = ()
    reminded: int = 0
    last_reminded_at: str | None = None
    exchange_at: str | None = None
    lost_at: str | None = None
    own_use: str | None = None
    refreshed: bool = False
    verified_at: str | None = None
    collected_at: str | None = None
    acknowledged_at: str | None = None
    retire_after: str | None = None
    becomes: Status | None = None
    to_revoke: tuple[str, ...] = ()
    one_revoked: bool = False
    refused: tuple[str, ...] = ()
    not_revoked: tuple[str, ...] = ()
    rolled_back: tuple[str, ...] | None = None
    reason: str | None = None
    ended_at: str | None = None
    lock: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has not come to its end."""
        return self.status not in ENDS


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a request for all grants of an account; `lock` makes a late writer lose.

    It is there before the inventory is taken. `grants` is how many that has found, once all of them have their reissue.
    `stopped` is when the account was rolled back: from then on the batch opens nothing and sends nothing.
    """

    account_id: str
    batch_id: str
    request: ReissueRequest
    opened_at: str
    grants: int = 0
    ended_at: str | None = None
    stopped: str | None = None
    lock: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants to be done: with one reissue, or with all of an account (`roll_back`).

    `until` (RFC 3339) is the new deadline, only to extend.
    """

    request_id: str
    account_id: str
    operator: str
    action: Action
    reissue_id: str | None = None
    until: str | None = None


class ShowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants to see; without `batch_id` the newest request for all grants."""

    account_id: str
    what: Shown = "report"
    batch_id: str | None = None
