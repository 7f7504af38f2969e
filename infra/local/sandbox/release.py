"""Releasing conversations: the verified copy in the help desk becomes live, the inbox keeps a pointer."""

from typing import Annotated

from msgspec import Meta, Struct

from infra.local.sandbox.account import Account
from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.records import Id, InboxConversation, MovedTo


class ReleaseItem(Struct):
    """A conversation, the version of it that was verified, and where its copy is."""

    id: Id
    version: int
    moved_to: MovedTo


class ReleaseRequest(Struct):
    """At most 100 conversations of one channel."""

    channel_id: Id
    items: Annotated[list[ReleaseItem], Meta(max_length=100)]


class ReleaseResult(Struct):
    """What became of one conversation; ``version`` is the present one, None where there is none."""

    id: str
    status: int
    code: str
    version: int | None


def _release(call: Call) -> Answer:
    request = call.json(ReleaseRequest)
    results = [_release_one(call.account, request.channel_id, item) for item in request.items]
    all_well = all(result.status == 200 for result in results)  # noqa: PLR2004 - HTTP's OK
    return json_answer({"results": results}, 200 if all_well else 207)


def _release_one(account: Account, channel_id: str, item: ReleaseItem) -> ReleaseResult:
    conversation = account.inbox.conversations.get(item.id)
    if conversation is None:
        tombstone = account.inbox.tombstones.get(item.id)
        if tombstone is not None:
            return ReleaseResult(item.id, 410, "deleted", tombstone.version)
        return ReleaseResult(item.id, 404, "not_found", None)
    if conversation.moved_to is not None:
        return ReleaseResult(item.id, 200, "already_released", conversation.version)
    obstacle = _obstacle(account, channel_id, item, conversation)
    if obstacle is not None:
        return ReleaseResult(item.id, 409, obstacle, conversation.version)
    account.desk.conversations[item.moved_to.conversation_id].state = "live"
    account.inbox.release(conversation, item.moved_to)
    account.progress.released.add(item.id)
    return ReleaseResult(item.id, 200, "released", conversation.version)


def _obstacle(account: Account, channel_id: str, item: ReleaseItem, conversation: InboxConversation) -> str | None:
    """Return why a conversation cannot be released as asked for, or None."""
    if conversation.version != item.version:
        return "version_conflict"
    if conversation.channel_id != channel_id:
        return "other_channel"
    copy = account.desk.conversations.get(item.moved_to.conversation_id)
    if copy is None or copy.external_id != item.id or copy.ticket_id != item.moved_to.ticket_id:
        return "not_in_help_desk"
    return None


OPERATIONS = (Operation("POST", "/v1/inbox/conversations/release", "inbox.write", _release),)
