from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.sandbox.client import SandboxError
from tests.integration.sandbox.platform_client import SECRET
from tests.unit.sandbox.example_account import example_export

if TYPE_CHECKING:
    from tests.integration.sandbox.platform_client import Platform


def test_a_new_conversation_lands_where_its_channel_is(platform: Platform) -> None:
    before = platform.live("new_conversation", channel_id="chat", text="hello")
    assert before["where"] == "inbox"
    assert before["conversation"]["ticket_id"] is None
    assert platform.read(before["conversation"]["id"])["ticket"] is None
    platform.switch()
    after = platform.live("new_conversation", channel_id="chat", text="hello again")
    assert after["where"] == "help_desk"
    born = platform.get(f"/help_desk/conversations/{after['conversation']['id']}").json
    assert (born["origin"], born["state"], born["external_id"]) == ("live", "live", None)
    ticket = platform.get(f"/help_desk/tickets/{born['ticket_id']}").json
    assert ticket == born["ticket"]
    assert (ticket["status"], ticket["owner_id"], ticket["conversation_id"]) == ("new", None, born["id"])
    assert ticket["created_at"] == born["started_at"]
    assert ticket["sla"] == {"first_reply_minutes": 60}
    causes = {(each["to_kind"], each["cause"]) for each in platform.sent()}
    assert causes == {("agent", f"live:{born['id']}"), ("customer", f"live:{born['id']}")}


def test_a_reply_changes_the_update_time_alone(platform: Platform) -> None:
    before = platform.read("conv-archived")
    told = platform.live("message", conversation_id="conv-archived", text="hello?")
    after = platform.read("conv-archived")
    assert told["where"] == "inbox"
    message = told["message"]
    assert message["author"] == {"kind": "visitor", "id": "conv-archived-visitor"}
    assert after == {
        **before,
        "messages": [*before["messages"], message],
        "updated_at": message["at"],
        "version": 2,
    }


def test_a_reply_notifies_the_owner_while_that_is_on(platform: Platform) -> None:
    platform.live("message", conversation_id="conv-ticket", text="hello?")
    assert [(each["to"], each["cause"]) for each in platform.sent()] == [("bob@desk.example", "live:conv-ticket")]
    platform.put("/notices/notifications", {"reply": False})
    platform.live("message", conversation_id="conv-ticket", text="hello??")
    platform.live("message", conversation_id="conv-archived", text="my agent has left")
    assert len(platform.sent()) == 1
    author = {"kind": "agent", "id": "ann"}
    platform.live("message", conversation_id="conv-ticket", text="Here.", author=author)
    assert [each["to"] for each in platform.sent("customer")] == ["conv-ticket@mail.example"]


def test_a_change_is_told_as_it_was_made(platform: Platform) -> None:
    told = platform.live("change", conversation_id="conv-plain", change={"status": "closed", "owner_id": "ann"})
    after = platform.read("conv-plain")
    assert told["change"] == {"status": "closed", "owner_id": "ann", "updated_at": after["updated_at"]}
    assert (after["status"], after["owner_id"]) == ("closed", "ann")
    assert [(each["to"], each["cause"]) for each in platform.sent()] == [("ann@desk.example", "live:conv-plain")]


def test_everything_follows_a_released_conversation(platform: Platform) -> None:
    platform.switch()
    platform.release("chat", *platform.import_as_is("conv-plain", "conv-file"))
    told = platform.live("change", conversation_id="conv-plain", change={"status": "closed"})
    assert told["where"] == "help_desk"
    copy = platform.get("/help_desk/conversations/conv-plain").json
    assert (copy["status"], copy["updated_at"]) == ("closed", told["change"]["updated_at"])
    platform.switch("mail")
    platform.live("move_channel", conversation_id="conv-plain", channel_id="mail")
    copy = platform.get("/help_desk/conversations/conv-plain").json
    assert (copy["channel_id"], copy["original_channel_id"]) == ("mail", "chat")
    platform.live("privacy_delete", conversation_id="conv-file")
    assert platform.get("/help_desk/conversations/conv-file").code == "deleted"
    assert platform.get("/help_desk/attachments/file-1").status == 404


def test_a_message_to_an_agent_is_sent_once_for_its_id(platform: Platform) -> None:
    letter = {"agent_id": "ann", "subject": "Authorize again", "body": "By Friday."}
    for _ in range(2):
        assert platform.put("/notices/messages/letter-1", letter).status == 200
    assert platform.put("/notices/messages/letter-1", {**letter, "body": "By Monday."}).code == "message_differs"
    assert platform.put("/notices/messages/letter-2", {**letter, "agent_id": "nobody"}).code == "not_found"
    assert platform.state()["messages"] == [{"id": "letter-1", **letter}]
    assert [(each["to"], each["cause"]) for each in platform.sent()] == [("ann@desk.example", "message")]


def test_the_owner_of_the_chat_account_is_told(platform: Platform) -> None:
    assert platform.get("/account").json["chat_owner_id"] is None
    export = example_export(platform.account)
    export["account"]["chat_owner_id"] = "bob"
    platform.sandbox.add_account(export, token=platform.token, webhook_secret=SECRET)
    assert platform.get("/account").json["chat_owner_id"] == "bob"


@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        ("message", {"conversation_id": "conv-9"}, "not_found"),
        ("new_conversation", {"channel_id": "fax"}, "not_found"),
        ("change", {"conversation_id": "conv-plain", "change": {"status": "lost"}}, "invalid_request"),
        ("change", {"conversation_id": "conv-plain", "change": {}}, "invalid_request"),
        ("change", {"conversation_id": "conv-plain", "change": {"archived": "x"}}, "invalid_request"),
        ("move_channel", {"conversation_id": "conv-plain", "channel_id": "fax"}, "other_side"),
        ("dance", {}, "invalid_request"),
    ],
)
def test_what_cannot_happen_is_refused(platform: Platform, kind: str, facts: dict[str, object], code: str) -> None:
    with pytest.raises(SandboxError) as refused:
        platform.live(kind, **facts)
    assert refused.value.error["code"] == code
    assert platform.state()["events"] == []


def test_a_deleted_conversation_takes_no_more_events(platform: Platform) -> None:
    platform.make_channel()
    platform.import_as_is("conv-plain")
    platform.live("delete", conversation_id="conv-plain")
    with pytest.raises(SandboxError) as refused:
        platform.live("message", conversation_id="conv-plain")
    assert refused.value.error["code"] == "deleted"
