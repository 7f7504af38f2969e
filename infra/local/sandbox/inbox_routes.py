"""Operations of the contract on the inbox: channels, the two listings, reading again, attachments, changes."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import ContractError, deleted, invalid, not_found
from infra.local.sandbox.paging import choice_of, decode_cursor, encode_cursor, limit_of, page_after, required

if TYPE_CHECKING:
    from infra.local.sandbox.account import Account
    from infra.local.sandbox.inbox import Change
    from infra.local.sandbox.records import Channel, InboxConversation

_MOST_LISTED = 100
_MOST_ROWS = 1000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class _Ids(Struct):
    ids: Annotated[list[str], Meta(max_length=100)]


class _Missing(Struct):
    id: str
    reason: str
    version: int | None


def _with_intake(account: Account, channel: Channel) -> dict[str, Any]:
    intake = "help_desk" if channel.id in account.inbox.switched else "inbox"
    return {**msgspec.structs.asdict(channel), "intake": intake}


def _channels(call: Call) -> Answer:
    inbox = call.account.inbox
    present = [channel for channel in inbox.channels.values() if channel.id not in inbox.removed_channels]
    items = [_with_intake(call.account, channel) for channel in sorted(present, key=lambda channel: channel.id)]
    return json_answer({"items": items, "next_cursor": None})


def _channel_of(call: Call) -> Channel:
    channel = call.account.inbox.channels.get(call.path["id"])
    if channel is None:
        raise not_found("channel")
    return channel


def _channel(call: Call) -> Answer:
    channel = _channel_of(call)
    if channel.id in call.account.inbox.removed_channels:
        raise ContractError(410, "moved", "The channel has left the inbox.")
    return json_answer(_with_intake(call.account, channel))


def _switch(call: Call) -> Answer:
    channel = _channel_of(call)
    if channel.id not in call.account.desk.channels:
        raise ContractError(409, "not_in_help_desk", "The channel was not made in the help desk before.")
    call.account.inbox.switched.add(channel.id)
    return json_answer({"intake": "help_desk"})


def _remove_channel(call: Call) -> Answer:
    channel = _channel_of(call)
    if channel.id not in call.account.inbox.switched:
        raise ContractError(409, "still_receiving", "New conversations of the channel still land in the inbox.")
    call.account.inbox.removed_channels.add(channel.id)
    return Answer(204)


def _list(call: Call) -> Answer:
    """List conversations by (started_at, id), from an exclusive lower bound or a cursor."""
    account, query = call.account, call.query
    channel_id = required(query, "channel_id")
    status = choice_of(query, "status", ("open", "closed"))
    archived = choice_of(query, "archived", ("true", "false")) == "true"
    limit = limit_of(query, _MOST_LISTED)
    filters = f"{channel_id}|{status}|{archived}"
    position, seen = _position(call, filters)
    page_limit = account.faults.spec.page_limit
    if page_limit is not None:
        limit = _within(account, page_limit, seen, limit)
    page: list[InboxConversation] = []
    more = False
    starts = account.inbox.by_start.get(channel_id, [])
    for start in starts[bisect.bisect_right(starts, position) if position else 0 :]:
        conversation = account.inbox.conversations[start[1]]
        if conversation.archived is not archived or (status is not None and conversation.status != status):
            continue
        if not account.inbox.is_listed(conversation.id, account.listing_lag_ms):
            continue
        if len(page) == limit:
            more = True
            break
        page.append(conversation)
    following = None
    if more:
        following = encode_cursor("list", filters, page[-1].started_at, page[-1].id, seen + len(page))
    account.progress.listed.update(conversation.id for conversation in page)
    return json_answer({"items": page, "next_cursor": following})


def _position(call: Call, filters: str) -> tuple[tuple[str, str] | None, int]:
    """Return the exclusive lower bound, and how many items of this window were listed before."""
    query = call.query
    after = (query.get("after_started_at"), query.get("after_id"))
    if (after[0] is None) != (after[1] is None):
        raise invalid("after_id", "after_started_at and after_id go together.")
    if after[0] is not None and _TIME.fullmatch(after[0]) is None:
        raise invalid("after_started_at", "after_started_at must be a time in UTC with milliseconds.")
    if "cursor" in query:
        listed_filters, started_at, identifier, seen = decode_cursor("list", query["cursor"])
        if listed_filters != filters:
            raise ContractError(400, "invalid_cursor", "The cursor belongs to other filters.", field="cursor")
        return (started_at, identifier), seen
    return ((after[0], after[1]) if after[0] is not None and after[1] is not None else None), 0


def _within(account: Account, page_limit: int, seen: int, limit: int) -> int:
    """Keep a page within the paging limit of its window; past it there is no page."""
    name = f"page_limit={page_limit}"
    account.faults.note(name)
    if seen >= page_limit:
        account.faults.done(name)
        raise ContractError(400, "paging_limit", f"A window lists {page_limit} items at most; ask for a narrower one.")
    return min(limit, page_limit - seen)


def _batch_read(call: Call) -> Answer:
    inbox = call.account.inbox
    items: list[InboxConversation] = []
    missing: list[_Missing] = []
    for identifier in dict.fromkeys(call.json(_Ids).ids):
        conversation = inbox.conversations.get(identifier)
        tombstone = inbox.tombstones.get(identifier)
        if conversation is not None:
            items.append(conversation)
        elif tombstone is not None:
            missing.append(_Missing(identifier, tombstone.reason, tombstone.version))
        else:
            missing.append(_Missing(identifier, "not_found", None))
    return json_answer({"items": items, "missing": missing})


def _attachment(call: Call) -> Answer:
    inbox = call.account.inbox
    held = inbox.attachments.get(call.path["id"])
    if held is None:
        raise not_found("attachment")
    conversation_id, blob = held
    if conversation_id in inbox.tombstones:
        raise deleted("attachment")
    if inbox.conversations[conversation_id].moved_to is not None:
        raise ContractError(410, "moved", "The attachment's conversation was released.")
    return Answer(200, blob.data, blob.content_type)


def _inventory(call: Call) -> Answer:
    """List every unreleased conversation of a channel by id: the second listing, from an index of its own."""
    inbox, lag = call.account.inbox, call.account.listing_lag_ms
    channel_id = required(call.query, "channel_id")
    limit = limit_of(call.query, _MOST_ROWS)
    ids = [identifier for identifier in inbox.by_id.get(channel_id, []) if inbox.is_listed(identifier, lag)]
    page, following = page_after(ids, call.query.get("cursor"), "inventory", channel_id, limit)
    items = [_row(inbox.conversations[identifier]) for identifier in page]
    return json_answer({"items": items, "next_cursor": following, "total": len(ids)})


def _row(conversation: InboxConversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "version": conversation.version,
        "status": conversation.status,
        "archived": conversation.archived,
        "started_at": conversation.started_at,
        "messages": len(conversation.messages),
        "attachments": sum(len(message.attachments) for message in conversation.messages),
    }


def _head(call: Call) -> Answer:
    visible = call.account.inbox.visible_changes(call.account.listing_lag_ms)
    return json_answer({"cursor": encode_cursor("changes", visible)})


def _changes(call: Call) -> Answer:
    inbox = call.account.inbox
    start = decode_cursor("changes", required(call.query, "cursor"))[0]
    visible = inbox.visible_changes(call.account.listing_lag_ms)
    end = min(start + limit_of(call.query, _MOST_ROWS), visible)
    items: list[Change] = [change for _, change in inbox.changes[start:end]]
    following = encode_cursor("changes", max(start, end))
    return json_answer({"items": items, "next_cursor": following, "end": end >= visible})


OPERATIONS = (
    Operation("GET", "/v1/inbox/channels", "inbox.read", _channels),
    Operation("GET", "/v1/inbox/channels/{id}", "inbox.read", _channel),
    Operation("POST", "/v1/inbox/channels/{id}/switch", "inbox.write", _switch),
    Operation("DELETE", "/v1/inbox/channels/{id}", "inbox.write", _remove_channel),
    Operation("GET", "/v1/inbox/conversations", "inbox.read", _list),
    Operation("POST", "/v1/inbox/conversations/batch_read", "inbox.read", _batch_read, is_read=True),
    Operation("GET", "/v1/inbox/attachments/{id}", "inbox.read", _attachment),
    Operation("GET", "/v1/inbox/inventory", "inbox.read", _inventory),
    Operation("GET", "/v1/inbox/changes/head", "inbox.read", _head),
    Operation("GET", "/v1/inbox/changes", "inbox.read", _changes),
)
