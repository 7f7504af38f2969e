"""Values of the model for unit tests."""

from deskshift.model.conversation import (
    Attachment,
    Author,
    Contact,
    Conversation,
    HelpDeskConversation,
    HelpDeskTicket,
    Message,
    Ticket,
)
from deskshift.model.move import Move, MoveRequest

AT = "2024-01-01T10:00:00.000Z"
SLA = {"first_reply_minutes": 60}


def message(one: str = "m0", text: str = "hello", attachments: tuple[Attachment, ...] = ()) -> Message:
    """A visitor's message."""
    return Message(id=one, at=AT, author=Author(kind="visitor", id="v"), text=text, attachments=attachments)


def conversation(one: str = "c0", messages: tuple[Message, ...] | None = None, **fields: object) -> Conversation:
    """A closed conversation; a ticket only if one is given."""
    made: dict[str, object] = {
        "id": one,
        "channel_id": "chat",
        "original_channel_id": "chat",
        "status": "closed",
        "started_at": AT,
        "updated_at": AT,
        "owner_id": "agent",
        "archived": False,
        "contact": Contact(id="v", name="Zoë", email="zoe@mail.example"),
        "messages": (message(),) if messages is None else messages,
        "ticket": None,
        "version": 1,
    }
    return Conversation(**{**made, **fields})  # type: ignore[arg-type]  # fields by name


def ticket() -> Ticket:
    """A ticket that exists in the inbox."""
    return Ticket(id="t0", subject="A subject", status="waiting", created_at=AT, owner_id="agent")


def held(source: Conversation, ticket_id: str = "t0") -> HelpDeskConversation:
    """The faithful copy of a conversation that has a ticket."""
    kept = source.ticket
    assert kept is not None
    return HelpDeskConversation(
        id=source.id,
        external_id=source.id,
        state="staged",
        source_version=source.version,
        channel_id=source.channel_id,
        original_channel_id=source.original_channel_id,
        status=source.status,
        started_at=source.started_at,
        updated_at=source.updated_at,
        owner_id=source.owner_id,
        archived=source.archived,
        contact=source.contact,
        messages=source.messages,
        ticket_id=ticket_id,
        ticket=HelpDeskTicket(
            id=ticket_id,
            external_id=kept.id,
            subject=kept.subject,
            status=kept.status,
            created_at=kept.created_at,
            owner_id=kept.owner_id,
            conversation_id=source.id,
            sla=SLA,
        ),
    )


def move(one: str = "move", **fields: object) -> Move:
    """A queued move of the chat channel."""
    request = MoveRequest(request_id="r", account_id="a", channel_id="chat", requested_by="admin")
    made: dict[str, object] = {
        "account_id": "a",
        "move_id": one,
        "request": request,
        "status": "queued",
        "created_at": AT,
    }
    return Move(**{**made, **fields})  # type: ignore[arg-type]  # fields by name
