from __future__ import annotations

import msgspec
import pytest

from infra.local.sandbox import corrupt_fields
from infra.local.sandbox.account import Account
from infra.local.sandbox.corruption import corrupt_channel, corrupt_conversation
from infra.local.sandbox.export import parse_export
from infra.local.sandbox.faults import parse_faults
from infra.local.sandbox.imports import Importer, ImportRequest, ImportResult
from infra.local.sandbox.records import Blob, DeskConversation, InboxConversation, copied
from tests.unit.sandbox.example_account import example_export

OF_CONVERSATIONS = (
    *corrupt_fields.CONVERSATION,
    *corrupt_fields.CONTACT,
    *corrupt_fields.MESSAGES,
    *corrupt_fields.ATTACHMENTS,
    *corrupt_fields.TICKET,
    *corrupt_fields.ITEMS,
)


def _item(conversation: InboxConversation) -> dict[str, object]:
    form = msgspec.to_builtins(conversation)
    ticket = form["ticket"] or {
        "id": None,
        "subject": "Made",
        "status": "new",
        "created_at": conversation.started_at,
        "owner_id": None,
    }
    form["ticket"] = {**ticket, "external_id": ticket["id"], "sla_clock": "import"}
    return {**form, "external_id": conversation.id, "source_version": conversation.version}


def _imported(faults: str = "") -> tuple[Account, list[ImportResult]]:
    account = Account.of(parse_export(example_export()), "token", "whsec_c2VjcmV0")
    account.faults = type(account.faults)(parse_faults(faults))
    account.desk.channels = dict(account.inbox.channels)
    account.desk.attachments = {
        key: Blob.of(blob.data, blob.content_type, blob.name) for key, (_, blob) in account.inbox.attachments.items()
    }
    items = [_item(each) for each in account.inbox.conversations.values()]
    body = {"import": True, "suppress_customer_messages": True, "items": items}
    request = msgspec.json.decode(msgspec.json.encode(body), type=ImportRequest)
    return account, Importer(account, request).results()


def _seen(account: Account) -> object:
    desk = account.desk
    conversations = [msgspec.to_builtins(desk.as_read(each)) for each in desk.conversations.values()]
    return {"conversations": conversations, "tickets": msgspec.to_builtins(desk.tickets)}


def _without_made_ids(account: Account) -> dict[str, DeskConversation]:
    """Return copies by id, without the ids of tickets that were made: one more made shifts all that follow."""
    copies = {each.id: copied(each) for each in account.desk.conversations.values()}
    for copy in copies.values():
        if copy.ticket is not None and copy.ticket.external_id is None:
            copy.ticket.id = copy.ticket_id = "made"
    return copies


@pytest.mark.parametrize("name", OF_CONVERSATIONS)
def test_a_corruption_is_done_once_and_can_be_seen(name: str) -> None:
    clean, _ = _imported()
    damaged, results = _imported(f"corrupt={name}")
    assert {result.code for result in results} == {"created"}
    assert damaged.faults.counts[f"corrupt={name}"]["done"] == 1
    assert _seen(damaged) != _seen(clean)
    before, after = _without_made_ids(clean), _without_made_ids(damaged)
    unlike = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert len(unlike) <= 2, "only one item, and its double or its new id"


@pytest.mark.parametrize("name", corrupt_fields.CHANNEL)
def test_a_channel_is_damaged_in_one_field(name: str) -> None:
    account, _ = _imported()
    for channel in account.inbox.channels.values():
        before = copied(channel)
        assert corrupt_channel(channel, name)
        path = name.removeprefix("channel.")
        unlike = {field for field in before.__struct_fields__ if getattr(before, field) != getattr(channel, field)}
        assert unlike == {path.partition(".")[0]}
    assert not corrupt_channel(channel, "status")


def _empty(account: Account) -> DeskConversation:
    return account.desk.conversations["conv-empty"]


@pytest.mark.parametrize("name", [*corrupt_fields.MESSAGES, *corrupt_fields.ATTACHMENTS, "swapped", "message_dropped"])
def test_what_has_nothing_to_damage_is_left_alone(name: str) -> None:
    account, _ = _imported()
    before = copied(_empty(account))
    assert not corrupt_conversation(account.desk, _empty(account), name)
    assert _empty(account) == before


def test_every_name_is_tested_here() -> None:
    assert {*OF_CONVERSATIONS, *corrupt_fields.CHANNEL} == set(corrupt_fields.corruption_names())
