"""Any single field that differs is named, digests tell it too, and no customer's word is shown."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.content import Content, TicketContent, digest, expected_content, held_content, import_item
from deskshift.domain.differences import channel_differences, differences
from deskshift.domain.tickets import ticket_for
from deskshift.model.account import Channel
from deskshift.model.conversation import Attachment, Author, Contact, Conversation, Message
from deskshift.model.move import Difference, StatusMap
from tests.unit.product.made import SLA, conversation, held, message, ticket

MAP = StatusMap("new", "closed")
FILE = Attachment(id="f0", name="an invoice.pdf", content_type="application/pdf", size=3, sha256="0" * 64)
SOURCE = conversation(
    messages=(message("m0", "first words", (FILE,)), message("m1", "second words")),
    ticket=ticket(),
    archived=True,
)
WORDS = ("first words", "second words", "Zoë", "zoe@mail.example", "an invoice.pdf", "A subject")


def expected(source: Conversation) -> Content:
    return expected_content(import_item(source, ticket_for(source, MAP, ())), SLA)


def leaves(value: Any, path: str = "") -> list[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in leaves(one, f"{path}.{key}" if path else key)]
    if isinstance(value, list) and value:
        return [leaf for n, one in enumerate(value) for leaf in leaves(one, f"{path}[{n}]")]
    return [path]


def changed(tree: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    made = copy.deepcopy(tree)
    keys: list[Any] = [int(k) if k.isdigit() else k for k in path.replace("]", "").replace("[", ".").split(".")]
    place = made
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = other(place[keys[-1]], str(keys[-1]))
    return made


def other(value: Any, key: str) -> Any:  # noqa: ANN401 - any JSON
    if key == "status" and value in {"open", "closed"}:
        return "open" if value == "closed" else "closed"
    if key == "kind":
        return "agent"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return [FILE] if isinstance(value, list) else f"{value} changed"


TREE = json.loads(msgspec.json.encode(expected(SOURCE)))


def content(tree: Any) -> Content:  # noqa: ANN401 - any JSON
    return msgspec.json.decode(json.dumps(tree, default=msgspec.to_builtins), type=Content)


def test_a_faithful_copy_has_the_same_digest_and_no_difference() -> None:
    assert digest(held_content(held(SOURCE))) == digest(expected(SOURCE))
    assert differences(expected(SOURCE), held_content(held(SOURCE))) == []


@pytest.mark.parametrize("path", leaves(TREE))
def test_a_change_of_any_one_field_is_named_and_no_words_are_shown(path: str) -> None:
    target = content(changed(TREE, path))
    found = differences(expected(SOURCE), target)
    shown = json.dumps(msgspec.to_builtins(found), ensure_ascii=False)
    # An attachment-less message that gets one is named by its length and by what is there.
    assert path in {difference.field.removesuffix(".length") for difference in found}
    assert {difference.id for difference in found} == {"c0"}
    assert digest(target) != digest(expected(SOURCE))
    assert [word for word in WORDS if word in shown] == []


def test_every_field_of_the_model_is_among_the_leaves() -> None:
    names = {path.replace("[0]", "").replace("[1]", "").split(".")[-1] for path in leaves(TREE)}
    kinds = (Content, TicketContent, Contact, Message, Author, Attachment)
    fields = {name for kind in kinds for name in kind.__struct_fields__}
    assert fields - names == {"contact", "messages", "author", "ticket", "sla"}  # those that have fields themselves
    assert "ticket.sla.first_reply_minutes" in leaves(TREE)


@given(st.text(max_size=50), st.text(max_size=50))
def test_texts_are_equal_exactly_when_their_digests_are(one: str, two: str) -> None:
    first, second = (expected(conversation(messages=(message(text=text),), ticket=ticket())) for text in (one, two))
    assert (digest(first) == digest(second)) is (one == two)
    assert bool(differences(first, second)) is (one != two)


def test_the_order_of_messages_counts() -> None:
    swapped = msgspec.structs.replace(SOURCE, messages=SOURCE.messages[::-1])
    fields = [difference.field for difference in differences(expected(SOURCE), expected(swapped))]
    assert digest(expected(SOURCE)) != digest(expected(swapped))
    assert "messages[0].id" in fields
    assert "messages[1].id" in fields


def test_a_missing_and_an_extra_message_are_named_with_their_place() -> None:
    shorter = msgspec.structs.replace(SOURCE, messages=SOURCE.messages[:1])
    missing = differences(expected(SOURCE), expected(shorter))
    extra = differences(expected(shorter), expected(SOURCE))
    assert missing[0] == Difference("c0", "messages.length", "2", "1")
    assert (missing[1].field, missing[1].target) == ("messages[1]", "absent")
    assert (extra[1].field, extra[1].source) == ("messages[1]", "absent")
    assert "second words" not in str(missing) + str(extra)


def test_a_ticket_that_is_linked_to_another_conversation_shows() -> None:
    copy_ = held(SOURCE)
    assert copy_.ticket is not None
    elsewhere = msgspec.structs.replace(copy_.ticket, conversation_id="another")
    found = differences(expected(SOURCE), held_content(msgspec.structs.replace(copy_, ticket=elsewhere)))
    assert [(difference.field, difference.target) for difference in found] == [("ticket.conversation_id", "another")]


def test_new_ids_of_the_help_desk_are_no_difference() -> None:
    copy_ = held(SOURCE, ticket_id="desk-ticket-1")
    assert copy_.ticket is not None
    renamed = msgspec.structs.replace(
        copy_,
        id="desk-conversation-1",
        ticket=msgspec.structs.replace(copy_.ticket, conversation_id="desk-conversation-1"),
    )
    assert differences(expected(SOURCE), held_content(renamed)) == []


SETTINGS: dict[str, object] = {
    "signature": "s",
    "routing": {"mode": "x"},
    "automation": [1],
    "ticket_creation": {"auto": True},
}
CHANNEL = Channel(
    id="chat",
    kind="chat",
    name="Chat",
    address="a@b.example",
    settings=SETTINGS,
    bot={"actions": ["ask"]},
    intake="inbox",
)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": "Other"}, ["channel.name"]),
        ({"kind": "email"}, ["channel.kind"]),
        ({"address": None}, ["channel.address"]),
        ({"bot": None}, ["channel.bot"]),
        ({"bot": {"actions": []}}, ["channel.bot.actions.length", "channel.bot.actions[0]"]),
        ({"answers_forms_of": ("form",)}, ["channel.answers_forms_of.length", "channel.answers_forms_of[0]"]),
        ({"settings": {**SETTINGS, "signature": ""}}, ["channel.settings.signature"]),
        ({"settings": {**SETTINGS, "routing": {"mode": "y"}}}, ["channel.settings.routing.mode"]),
        ({"settings": {**SETTINGS, "routing": {}}}, ["channel.settings.routing.mode"]),
        ({"settings": {**SETTINGS, "automation": None}}, ["channel.settings.automation"]),
        (
            {"settings": {**SETTINGS, "ticket_creation": {"auto": 1}}},
            ["channel.settings.ticket_creation.auto"],
        ),
        ({"intake": None}, []),
    ],
)
def test_a_channels_field_that_differs_is_named(fields: dict[str, Any], named: list[str]) -> None:
    found = channel_differences(CHANNEL, msgspec.structs.replace(CHANNEL, **fields))
    assert [difference.field for difference in found] == named
