"""Every code that a log record can bear as its message, with what it means: what alarms, searches and people rely on.

A code never changes its meaning. docs/events.md shows them all; a test compares the two.
"""

from enum import StrEnum
from typing import Self


class Event(StrEnum):
    """A log record's message; what it is about stands in the record's other fields."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a member that is its code, and knows what it means."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    REQUEST_NEVER_VALID = "request.never_valid", "A request can never succeed; its message is a dead letter."
    MOVE_STARTED = "move.started", "The machine's execution for an attempt was started."
    MOVE_CHECKED = "move.checked", "The preflight has decided; `decision` is the move's status, `refusals` say why not."
    MOVE_BEGUN = "move.begun", "The move has its account's slot."
    MOVE_PHASE = "move.phase", "The move has come to a phase."
    MOVE_NEXT_ROUND = "move.next_round", "Something changed meanwhile; `left` conversations need one more round."
    MOVE_PAUSED = "move.paused", "A failure has paused the move; `error_code` says which."
    MOVE_PAUSED_WITHOUT_PLATFORM = (
        "move.paused_without_platform",
        "The platform did not answer while the move was paused; the watch restores notifications later.",
    )
    MOVE_RESUMED = "move.resumed", "A person resumed the move as its next attempt."
    MOVE_CANCELLED = "move.cancelled", "A person cancelled the move before it began."
    MOVE_DONE = "move.done", "The move is done; `counts` are those of its report."
    MOVE_STALLED = "move.stalled", "A running move has made no progress for twenty minutes."
    MOVE_CANNOT_BE_WATCHED = "move.cannot_be_watched", "The watch could not look at a move; it tries again."
    PREVIEW_MADE = "preview.made", "A billing preview was reckoned and kept; `decision` is its decision."
    MERGE_CLAIMED = "merge.claimed", "The irreversible step of a billing merge is about to be done."
    MERGE_DONE = "merge.done", "A billing merge is done; `tasks` are left to people."
    MERGE_REFUSED = "merge.refused", "A billing merge was not carried out; `error_code` says why."
    BATCH_OPENED = "batch.opened", "Every grant of a request has its reissue; `grants` is how many there are."
    REISSUE_OPENED = "reissue.opened", "A grant's reissue was opened; `route` is the way it takes."
    REISSUE_GOES_ON = "reissue.goes_on", "A reissue was written; `status` is where it stands."
    REISSUE_ENDED = "reissue.ended", "A reissue ended; `status` says how, `old_token` what became of the old token."
    AUTHORIZATION_REFUSED = "authorization.refused", "An authorization was not completed; `error_code` says why."
    AUTHORIZATION_PUT_OFF = "authorization.put_off", "A page could not go on now; the person is told to try again."
    COLLECTION_REFUSED = "collection.refused", "A token was not released; `error_code` says why."
    COLLECTION_PUT_OFF = "collection.put_off", "A token could not be released now; the client is told to try again."
    TOKEN_COLLECTED = "token.collected", "A client has collected its new token."
    REVOCATION_PUT_OFF = "revocation.put_off", "The issuer did not answer a revocation; it is asked again."
    REVOCATION_REFUSED = "revocation.refused", "The issuer will not revoke a token; an operator has to."
    GRANTS_NOT_WATCHED = "grants.not_watched", "An account's grants could not be looked at; it is tried again."
    REMINDER_PUT_OFF = "reminder.put_off", "A letter could not be sent; it is tried again."
    PART_IMPORTED = "part.imported", "A part of the history is imported."
    CONVERSATION_OVERTAKEN = "conversation.overtaken", "A conversation changed while it was copied: newer work has it."
    CONVERSATION_DEPARTED = "conversation.departed", "A conversation left the channel; its copy was taken back."
    CONVERSATION_DELETED = "conversation.deleted_in_source", "A conversation was deleted; so was its copy."
    CONVERSATION_QUARANTINED = "conversation.quarantined", "A conversation cannot move and was set aside."
    RELEASE_AGAIN = "release.again", "Some conversations were not released; they are looked at again."
    CHANGE_TAKEN_UP = "change.taken_up", "A live change was read for a move; `delivery_id` is its webhook delivery's."
    CHANGE_NEVER_VALID = "change.never_valid", "A change's message can never succeed; it is a dead letter."
    WEBHOOK_QUEUED = "webhook.queued", "A webhook delivery was taken and its change queued."
    WEBHOOK_REFUSED = "webhook.refused", "A webhook delivery bears no valid signature, or is stale."
    RECHECK_DONE = "recheck.done", "A day after a move its sample was checked; `drifted` of `checked` differ."
    RECHECK_DRIFTED = "recheck.drifted", "A conversation of the sample is not as it was moved; `fields` say in what."
    RECHECK_PUT_OFF = "recheck.put_off", "A sample could not be checked now; it is tried again in an hour."
    RECHECK_GIVEN_UP = "recheck.given_up", "A sample could not be checked for days; `error_code` says why."
    FUNCTION_FAILED = "function.failed", "A function, or one message of its batch, ended with an error."
