"""Receive a platform's webhook: check it, queue the ids that it names, and only then note it as dealt with."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import msgspec

from deskshift.app.channel_move.capture import ChangeNote
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.wiring import Wiring
from deskshift.connectors.signatures import SignatureInvalid, TimestampStale, check
from deskshift.domain.requests import identifier, parse_json
from deskshift.model.account import Connection
from deskshift.model.errors import DeskshiftError, InvalidField

MAX_BODY = 256 * 1024


class Reply(msgspec.Struct, frozen=True):
    """The answer to the platform."""

    status: int
    code: str
    message: str = ""


class _Secrets(msgspec.Struct, frozen=True):
    """The account's signing secrets: the one that counts, and the one before it until a time (RFC 3339)."""

    current: str
    previous: str | None = None
    previous_until: str | None = None


def receive_webhook(
    wiring: Wiring, webhook_path: str, headers: Mapping[str, str], body: str, *, is_base64: bool
) -> Reply:
    """Deal with one delivery.

    A body over 256 KiB is refused before it is decoded or parsed. A delivery that was dealt with is answered 200
    without effect. The delivery's id is recorded after its message is queued: a crash in between makes the platform
    send it again, and reading a conversation twice harms nobody.
    """
    if _size(body, is_base64=is_base64) > MAX_BODY:
        return Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"a body has at most {MAX_BODY} bytes")
    connection = wiring.connections.by_webhook_path(webhook_path)
    if connection is None:
        return Reply(HTTPStatus.NOT_FOUND, "unknown_path", "no account receives webhooks here")
    try:
        raw = base64.b64decode(body, validate=True) if is_base64 else body.encode()
        delivery = check(headers, raw, _secrets(wiring, connection), wiring.clock())
        working_on(correlation_of(delivery), account_id=connection.account_id)
        note = _note(connection, raw, correlation_of(delivery))
    except (SignatureInvalid, TimestampStale) as error:
        logger.warning(Event.WEBHOOK_REFUSED, extra={"account_id": connection.account_id, "error_code": error.code})
        return Reply(HTTPStatus.UNAUTHORIZED, error.code, str(error))
    except (InvalidField, ValueError) as error:  # base64 and UTF-8 that are none are ValueErrors
        code = error.code if isinstance(error, DeskshiftError) else "invalid_body"
        text = str(error) if isinstance(error, DeskshiftError) else "the body is not what its encoding says"
        return Reply(HTTPStatus.BAD_REQUEST, code, text)
    return _queued(wiring, connection, delivery, note)


def _queued(wiring: Wiring, connection: Connection, delivery: str, note: ChangeNote) -> Reply:
    if wiring.deliveries.known(connection.account_id, delivery):
        return Reply(HTTPStatus.OK, "known")
    wiring.queues.send_message(
        QueueUrl=wiring.settings.changes_queue_url, MessageBody=msgspec.json.encode(note).decode()
    )
    logger.info(Event.WEBHOOK_QUEUED, extra={"conversation_id": note.conversation_id})
    wiring.deliveries.record(connection.account_id, delivery, wiring.clock())
    return Reply(HTTPStatus.OK, "queued")


def correlation_of(delivery: str) -> str:
    """Give a delivery's id if it is one that a record and a header may bear, else its digest."""
    try:
        return identifier({"webhook-id": delivery}, "webhook-id")
    except InvalidField:
        return hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()


def _size(body: str, *, is_base64: bool) -> int:
    """Give the size of the body in bytes without decoding it."""
    if is_base64:
        return len(body) * 3 // 4 - body[-2:].count("=")
    return len(body.encode())


def _secrets(wiring: Wiring, connection: Connection) -> list[str]:
    secrets = msgspec.json.decode(wiring.secret(connection.webhook_secret_arn), type=_Secrets)
    until = secrets.previous_until
    if secrets.previous and until and wiring.clock() < datetime.fromisoformat(until):
        return [secrets.current, secrets.previous]
    return [secrets.current]


def _note(connection: Connection, raw: bytes, correlation_id: str) -> ChangeNote:
    given = parse_json(raw.decode())
    data = given.get("data") if isinstance(given, dict) else None
    if not isinstance(data, dict):
        raise InvalidField("data", type(data).__name__, "a JSON object with conversation_id")
    return ChangeNote(
        account_id=connection.account_id,
        conversation_id=identifier(data, "conversation_id"),
        correlation_id=correlation_id,
    )
