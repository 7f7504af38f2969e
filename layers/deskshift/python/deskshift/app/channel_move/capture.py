"""Take a live change along at once, while the account's move runs (H-25). It only makes the move faster."""

import msgspec

from deskshift.app.channel_move.rereading import forget, reread
from deskshift.app.channel_move.rules import read_rules
from deskshift.app.dead_letters import send_dead_letter
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.domain.requests import identifier, parse_json
from deskshift.model.errors import InvalidField, UnknownAccount

_COPYING = frozenset({"list", "import", "catch_up", "verify", "release", "settle"})


class ChangeNote(msgspec.Struct, frozen=True, kw_only=True):
    """A queue message: read this conversation again. Ids alone; text never passes a queue.

    `correlation_id` is the webhook delivery's; None of a message of an older form.
    """

    account_id: str
    conversation_id: str
    correlation_id: str | None = None
    schema: int = 1


def parse_note(body: str) -> ChangeNote:
    """Check a message of the queue of changes.

    Raises:
        InvalidField: naming the field.
    """
    given = parse_json(body)
    if not isinstance(given, dict):
        raise InvalidField("body", type(given).__name__, "a JSON object")
    return ChangeNote(
        account_id=identifier(given, "account_id"),
        conversation_id=identifier(given, "conversation_id"),
        correlation_id=identifier(given, "correlation_id") if given.get("correlation_id") is not None else None,
    )


def capture(wiring: Wiring, body: str, message_id: str) -> None:
    """Read one conversation again and copy it, if a move of its account is copying now.

    Where no move copies, nothing is done: a move reads the source's changes by cursor to their end in any case. A
    message that can never succeed goes to the dead-letter queue.

    Args:
        wiring: stores and clients.
        body: the message's body.
        message_id: the id that its records bear where the message names none.
    """
    working_on(message_id)
    try:
        note = parse_note(body)
        working_on(note.correlation_id or message_id)
        wiring.connections.get(note.account_id)
    except (InvalidField, UnknownAccount) as error:
        logger.warning(Event.CHANGE_NEVER_VALID, extra={"error_code": error.code})
        send_dead_letter(wiring, wiring.settings.changes_dead_letter_queue_url, body, error)
        return
    holder = wiring.line.holder(note.account_id)
    move = wiring.moves.find(note.account_id, holder.move_id) if holder else None
    if move is None or not move.takes_history or move.phase not in _COPYING:
        return
    working_on_move(move.move_id, attempt=move.attempt)
    logger.info(
        Event.CHANGE_TAKEN_UP, extra={"conversation_id": note.conversation_id, "delivery_id": note.correlation_id}
    )
    platform = wiring.platform(note.account_id, "capture")
    if move.status == "running":
        reread(wiring, platform, move, read_rules(wiring, move), [note.conversation_id])
    elif move.status == "paused":
        # It may stay paused for long: a deletion must not wait, everything else is read when it resumes.
        forget(wiring, platform, move, platform.inbox.read([note.conversation_id]).missing)
