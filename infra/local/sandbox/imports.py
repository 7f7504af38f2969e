"""What the help desk does with an import: idempotent by external id, ordered by the source's version."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from infra.local.sandbox import clock
from infra.local.sandbox.account import Account
from infra.local.sandbox.corruption import corrupt_conversation
from infra.local.sandbox.errors import invalid
from infra.local.sandbox.records import (
    Attachment,
    Author,
    Contact,
    DeskConversation,
    DeskTicket,
    Id,
    Message,
    Status,
    Time,
)


class ImportAttachment(Struct):
    """An attachment whose bytes were uploaded before, under the same id."""

    id: Id
    name: str
    content_type: str
    sha256: str


class ImportMessage(Struct):
    """A message to keep as it was."""

    id: Id
    at: Time
    author: Author
    text: str
    attachments: list[ImportAttachment]


class ImportTicket(Struct):
    """The conversation's ticket: one that exists in the source (its id in ``external_id``), or one to make."""

    external_id: Id | None
    subject: str
    status: str
    created_at: Time
    owner_id: str | None
    sla_clock: Literal["created", "import"]


class ImportItem(Struct):
    """One conversation with its ticket, at a version of the source."""

    external_id: Id
    source_version: int
    channel_id: Id
    original_channel_id: Id
    status: Status
    started_at: Time
    updated_at: Time
    owner_id: str | None
    archived: bool
    contact: Contact
    messages: list[ImportMessage]
    ticket: ImportTicket


class ImportRequest(Struct):
    """The body of an import call; items are decoded one by one, so that a bad one spoils no other."""

    items: list[msgspec.Raw]
    is_import: bool = msgspec.field(name="import", default=False)
    suppress_customer_messages: bool = False


class ImportResult(Struct, omit_defaults=True):
    """What became of one item."""

    external_id: str
    status: int
    code: str
    reason: str | None = None
    field: str | None = None
    conversation_id: str | None = None
    ticket_id: str | None = None
    source_version: int | None = None


class Importer:
    """Imports the items of one request into an account's help desk."""

    def __init__(self, account: Account, request: ImportRequest) -> None:
        self._account = account
        self._desk = account.desk
        self._request = request

    def results(self) -> list[ImportResult]:
        """Import each item and return what became of it, in the request's order.

        Raises:
            ContractError: 400, before anything is imported, if an item's JSON cannot be read at all.
        """
        decoded = [_decoded(index, raw) for index, raw in enumerate(self._request.items)]
        return [each if isinstance(each, ImportResult) else self._result(each) for each in decoded]

    def _result(self, item: ImportItem) -> ImportResult:
        refusal = self._refusal(item)
        if refusal is not None:
            return refusal
        held = self._desk.copies.get(item.external_id)
        result = self._create(item) if held is None else self._update(item, held[0])
        if result.code in {"created", "updated"}:
            self._corrupt(item.external_id)
        return result

    def _refusal(self, item: ImportItem) -> ImportResult | None:
        tombstone = self._desk.tombstones.get(item.external_id)
        if tombstone is not None and tombstone >= item.source_version:
            return ImportResult(item.external_id, 409, "tombstoned", source_version=tombstone)
        held = self._desk.copies.get(item.external_id)
        if held is not None and held[0].state == "live":
            return _about(held[0], 409, "live")
        if held is not None and (held[0].source_version or 0) > item.source_version:
            return _about(held[0], 409, "stale")
        reason = self._reason_to_reject(item)
        if reason is not None:
            return ImportResult(item.external_id, 422, "rejected", reason=reason)
        return self._attachment_refusal(item)

    def _reason_to_reject(self, item: ImportItem) -> str | None:
        if self._account.faults.refuses(item.external_id):
            return "refused"
        if item.source_version < 1:
            return "invalid_source_version"
        if item.channel_id not in self._desk.channels:
            return "unknown_channel"
        wanted = item.ticket.external_id
        if wanted is None:
            return None if item.ticket.status in self._account.ticket_statuses else "unknown_ticket_status"
        holder = self._desk.ticket(wanted)
        held_by_other = holder is not None and holder.external_id == wanted
        if held_by_other and holder is not None and not self._is_ticket_of(holder, item.external_id):
            return "ticket_taken"
        return None

    def _is_ticket_of(self, ticket: DeskTicket, external_id: str) -> bool:
        return any(copy.ticket is ticket for copy in self._desk.copies.get(external_id, ()))

    def _attachment_refusal(self, item: ImportItem) -> ImportResult | None:
        for message in item.messages:
            for attachment in message.attachments:
                blob = self._desk.attachments.get(attachment.id)
                if blob is None:
                    return ImportResult(item.external_id, 422, "attachment_missing", reason=attachment.id)
                if blob.sha256 != attachment.sha256:
                    return ImportResult(item.external_id, 422, "hash_mismatch", reason=attachment.id)
        return None

    def _create(self, item: ImportItem) -> ImportResult:
        conversation_id = self._desk.id_for(item.external_id, "conversation")
        conversation = self._conversation(item, conversation_id, self._ticket(item, conversation_id, None))
        self._desk.add(conversation)
        self._tell_people(item, conversation)
        return _about(conversation, 201, "created")

    def _update(self, item: ImportItem, held: DeskConversation) -> ImportResult:
        new = self._conversation(item, held.id, self._ticket(item, held.id, held.ticket))
        if msgspec.to_builtins(self._desk.as_read(held)) == msgspec.to_builtins(self._desk.as_read(new)):
            return _about(held, 200, "unchanged")
        owner_before = None if held.ticket is None else held.ticket.owner_id
        for copy in self._desk.copies[item.external_id][:]:
            self._desk.remove(copy)
        self._desk.add(new)
        if item.ticket.owner_id not in {None, owner_before}:
            self._account.notify_agent(item.ticket.owner_id, "assignment", f"backfill:{item.external_id}")
        return _about(new, 200, "updated")

    def _conversation(self, item: ImportItem, identifier: str, ticket: DeskTicket) -> DeskConversation:
        present = None if self._request.is_import else clock.now()
        return DeskConversation(
            id=identifier,
            external_id=item.external_id,
            channel_id=item.channel_id,
            original_channel_id=item.original_channel_id,
            status=item.status,
            started_at=present or item.started_at,
            updated_at=present or item.updated_at,
            owner_id=item.owner_id,
            archived=item.archived,
            contact=item.contact,
            messages=[_message(message, present) for message in item.messages],
            origin="imported",
            state="staged",
            source_version=item.source_version,
            ticket_id=ticket.id,
            ticket=ticket,
        )

    def _ticket(self, item: ImportItem, conversation_id: str, held: DeskTicket | None) -> DeskTicket:
        wanted = item.ticket
        keeps = held is not None and held.external_id == wanted.external_id
        return DeskTicket(
            id=held.id if held is not None and keeps else self._desk.id_for(wanted.external_id, "ticket"),
            external_id=wanted.external_id,
            subject=wanted.subject,
            status=wanted.status,
            created_at=wanted.created_at if self._request.is_import else clock.now(),
            owner_id=wanted.owner_id,
            conversation_id=conversation_id,
            sla=self._account.sla,
        )

    def _tell_people(self, item: ImportItem, conversation: DeskConversation) -> None:
        cause = f"backfill:{item.external_id}"
        if not self._request.suppress_customer_messages:
            self._account.mail_customer(conversation.contact, cause)
        if item.ticket.external_id is None:
            self._account.notify_help_desk("new_ticket", cause)
        self._account.notify_agent(item.ticket.owner_id, "assignment", cause)
        if item.ticket.sla_clock == "created" and self._is_overdue(conversation.ticket):
            self._account.notify_help_desk(None, cause)

    def _is_overdue(self, ticket: DeskTicket | None) -> bool:
        """An open ticket is overdue once its age passes the SLA's first reply time."""
        if ticket is None or ticket.sla is None or ticket.status == self._account.ticket_statuses[-1]:
            return False
        minutes = ticket.sla.get("first_reply_minutes", 0)
        allowed = timedelta(minutes=minutes if isinstance(minutes, int) else 0)
        return datetime.fromisoformat(ticket.created_at) + allowed < datetime.now(UTC)

    def _corrupt(self, external_id: str) -> None:
        """Do the corruption that was asked for, once, to the first item that has something of the kind."""
        faults = self._account.faults
        name = faults.spec.corrupt
        if name is None or name.startswith("channel.") or faults.counts[f"corrupt={name}"]["done"]:
            return
        faults.note(f"corrupt={name}")
        if corrupt_conversation(self._desk, self._desk.copies[external_id][0], name):
            faults.done(f"corrupt={name}")


def _message(message: ImportMessage, present: str | None) -> Message:
    """Keep a message as it was, or stamp it with the present time and the desk's own author."""
    attachments = [
        Attachment(attachment.id, attachment.name, attachment.content_type, 0, attachment.sha256)
        for attachment in message.attachments
    ]
    if present is None:
        return Message(message.id, message.at, message.author, message.text, attachments)
    return Message(message.id, present, Author("system", "system"), message.text, attachments)


def _about(conversation: DeskConversation, status: int, code: str) -> ImportResult:
    return ImportResult(
        conversation.external_id or "",
        status,
        code,
        conversation_id=conversation.id,
        ticket_id=conversation.ticket_id,
        source_version=conversation.source_version,
    )


def _decoded(index: int, raw: msgspec.Raw) -> ImportItem | ImportResult:
    """Decode an item, or reject it if it is not of the form, naming the field but not its value."""
    try:
        return msgspec.json.decode(raw, type=ImportItem)
    except msgspec.ValidationError as error:
        _, _, place = str(error).partition(" - at `")
        external_id = _external_id(raw)
        field = place.rstrip("`").removeprefix("$").removeprefix(".")
        return ImportResult(external_id, 422, "rejected", reason="invalid_field", field=field)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(f"items[{index}]", "The item is not JSON in UTF-8.") from error


def _external_id(raw: msgspec.Raw) -> str:
    value = msgspec.json.decode(raw)
    external_id = value.get("external_id") if isinstance(value, dict) else None
    return external_id if isinstance(external_id, str) else ""
