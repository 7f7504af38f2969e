"""Operations of the contract on the help desk: channels, imports, reading back, attachments."""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from infra.local.sandbox.account import Account
from infra.local.sandbox.call import ATTACHMENT_LIMIT, Answer, Call, Operation, json_answer
from infra.local.sandbox.corruption import corrupt_channel
from infra.local.sandbox.errors import ContractError, deleted, invalid, not_found
from infra.local.sandbox.help_desk import DEFAULT_SETTINGS
from infra.local.sandbox.imports import Importer, ImportRequest
from infra.local.sandbox.paging import choice_of, limit_of, page_after
from infra.local.sandbox.records import Blob, Channel, DeskConversation, Id

_MOST_ROWS = 1000
_MOST_IMPORTED = 100


class _ChannelBody(Struct):
    id: Id
    kind: Literal["chat", "email", "form", "calling", "whatsapp", "facebook_messenger"]
    name: str = ""
    address: str | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    bot: dict[str, Any] | None = None
    answers_forms_of: list[str] = msgspec.field(default_factory=list)


class _ExternalIds(Struct):
    external_ids: Annotated[list[str], Meta(max_length=100)]


def _channels(call: Call) -> Answer:
    channels = call.account.desk.channels
    return json_answer({"items": [channels[identifier] for identifier in sorted(channels)], "next_cursor": None})


def _channel(call: Call) -> Answer:
    channel = call.account.desk.channels.get(call.path["id"])
    if channel is None:
        raise not_found("channel")
    return json_answer(channel)


def _put_channel(call: Call) -> Answer:
    """Make or replace a channel; what is left out falls back to the desk's defaults."""
    body = call.json(_ChannelBody)
    if body.id != call.path["id"]:
        raise invalid("id", "The channel's id is not the one in the address.")
    unknown = body.settings.keys() - DEFAULT_SETTINGS.keys()
    if unknown:
        raise invalid("settings", f"Settings are {', '.join(DEFAULT_SETTINGS)}.")
    channel = Channel(
        body.id,
        body.kind,
        body.name,
        body.address,
        {**DEFAULT_SETTINGS, **body.settings},
        body.bot,
        body.answers_forms_of,
    )
    answer = json_answer(channel)
    call.account.desk.channels[channel.id] = channel
    _corrupt_channel(call.account, channel)
    return answer


def _corrupt_channel(account: Account, channel: Channel) -> None:
    faults = account.faults
    name = faults.spec.corrupt
    if name is None or not name.startswith("channel.") or faults.counts[f"corrupt={name}"]["done"]:
        return
    faults.note(f"corrupt={name}")
    if corrupt_channel(channel, name):
        faults.done(f"corrupt={name}")


def _import(call: Call) -> Answer:
    request = call.json(ImportRequest)
    if len(request.items) > _MOST_IMPORTED:
        raise invalid("items", f"At most {_MOST_IMPORTED} items.")
    results = Importer(call.account, request).results()
    held = tuple(result.external_id for result in results if result.conversation_id is not None)
    call.account.progress.importing = held
    call.account.progress.imported.update(held)
    all_well = all(result.status in {200, 201} for result in results)
    return json_answer({"results": results}, 200 if all_well else 207)


def _batch_read(call: Call) -> Answer:
    desk = call.account.desk
    items: list[DeskConversation] = []
    missing: list[str] = []
    for external_id in dict.fromkeys(call.json(_ExternalIds).external_ids):
        copies = desk.copies.get(external_id)
        if copies is None:
            missing.append(external_id)
        else:
            items.extend(desk.as_read(copy) for copy in copies)
            call.account.progress.verified.add(external_id)
    return json_answer({"items": items, "missing": missing})


def _list(call: Call) -> Answer:
    desk, query = call.account.desk, call.query
    channel_id, origin = query.get("channel_id"), choice_of(query, "origin", ("imported", "live"))
    ids = sorted(
        conversation.id
        for conversation in desk.conversations.values()
        if channel_id in {None, conversation.channel_id} and origin in {None, conversation.origin}
    )
    limit = limit_of(query, _MOST_ROWS)
    page, following = page_after(ids, query.get("cursor"), "desk", f"{channel_id}|{origin}", limit)
    items = [_row(desk.conversations[identifier]) for identifier in page]
    return json_answer({"items": items, "next_cursor": following, "total": len(ids)})


def _row(conversation: DeskConversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "external_id": conversation.external_id,
        "origin": conversation.origin,
        "state": conversation.state,
        "source_version": conversation.source_version,
        "ticket_id": conversation.ticket_id,
        "messages": len(conversation.messages),
        "attachments": sum(len(message.attachments) for message in conversation.messages),
    }


def _may_see(call: Call) -> None:
    """Refuse an agent who may not see the help desk."""
    if "as_agent" not in call.query:
        return
    agent = call.account.agents.get(call.query["as_agent"])
    if agent is None or not agent.help_desk_access:
        raise ContractError(403, "no_help_desk_access", "This agent has no access to the help desk.", field="as_agent")


def _conversation(call: Call) -> Answer:
    _may_see(call)
    desk = call.account.desk
    conversation = desk.conversation(call.path["id"])
    if conversation is None:
        raise deleted("conversation") if call.path["id"] in desk.deleted else not_found("conversation")
    return json_answer(desk.as_read(conversation))


def _ticket(call: Call) -> Answer:
    _may_see(call)
    ticket = call.account.desk.ticket(call.path["id"])
    if ticket is None:
        raise not_found("ticket")
    return json_answer(ticket)


def _delete_import(call: Call) -> Answer:
    """Delete the staged copies up to the version given; leave a tombstone there unless told not to."""
    desk, external_id = call.account.desk, call.path["id"]
    version = call.query.get("source_version", "")
    if not (version.isascii() and version.isdigit()):
        raise invalid("source_version", "source_version must be a whole number.")
    copies = desk.copies.get(external_id, [])
    if any(copy.state == "live" for copy in copies):
        return json_answer({"outcome": "live"})
    if call.query.get("tombstone", "true") != "false":
        desk.tombstones[external_id] = max(int(version), desk.tombstones.get(external_id, 0))
    if any((copy.source_version or 0) > int(version) for copy in copies):
        return json_answer({"outcome": "newer"})
    for copy in list(copies):
        desk.delete(copy)
    desk.forget_attachments_of(external_id)
    return json_answer({"outcome": "deleted" if copies else "absent"})


def _put_attachment(call: Call) -> Answer:
    digest = hashlib.sha256(call.body).hexdigest()
    if digest != call.headers.get("x-content-sha256"):
        raise ContractError(422, "hash_mismatch", "X-Content-SHA256 is not the SHA-256 of the body.")
    identifier, held = call.path["id"], call.account.desk.attachments
    content_type = call.headers.get("content-type", "application/octet-stream")
    status = 200 if identifier in held else 201
    held[identifier] = Blob(call.body, content_type, call.query.get("name", ""), digest)
    if "conversation" in call.query:
        call.account.desk.uploaded_for.setdefault(call.query["conversation"], set()).add(identifier)
    return json_answer({"sha256": digest, "size": len(call.body)}, status)


def _attachment(call: Call) -> Answer:
    blob = call.account.desk.attachments.get(call.path["id"])
    if blob is None:
        raise not_found("attachment")
    return Answer(200, blob.data, blob.content_type)


OPERATIONS = (
    Operation("GET", "/v1/help_desk/channels", "help_desk.read", _channels),
    Operation("GET", "/v1/help_desk/channels/{id}", "help_desk.read", _channel),
    Operation("PUT", "/v1/help_desk/channels/{id}", "help_desk.write", _put_channel),
    Operation("POST", "/v1/help_desk/imports", "help_desk.write", _import),
    Operation("DELETE", "/v1/help_desk/imports/{id}", "help_desk.write", _delete_import),
    Operation("POST", "/v1/help_desk/conversations/batch_read", "help_desk.read", _batch_read, is_read=True),
    Operation("GET", "/v1/help_desk/conversations", "help_desk.read", _list),
    Operation("GET", "/v1/help_desk/conversations/{id}", "help_desk.read", _conversation),
    Operation("GET", "/v1/help_desk/tickets/{id}", "help_desk.read", _ticket),
    Operation("PUT", "/v1/help_desk/attachments/{id}", "help_desk.write", _put_attachment, body_limit=ATTACHMENT_LIMIT),
    Operation("GET", "/v1/help_desk/attachments/{id}", "help_desk.read", _attachment),
)
