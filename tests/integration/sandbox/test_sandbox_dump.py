from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.local.sandbox.export import parse_export
from tests.integration.sandbox.platform_client import SECRET, Platform
from tests.unit.sandbox.example_account import attachment, conversation, example_export

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.sandbox.platform_client import Json


def _by_id(items: list[Json]) -> list[Json]:
    return sorted(items, key=lambda item: str(item["id"]))


def test_before_a_move_the_inbox_is_the_export(platform: Platform, tmp_path: Path) -> None:
    export = example_export(platform.account)
    dump = platform.dump(tmp_path)
    for name in ("conversations", "tickets", "channels"):
        assert dump[f"inbox/{name}.jsonl"] == _by_id(export[name])
        assert dump[f"help_desk/{name}.jsonl"] == []
    assert dump["account.json"] == {
        "id": platform.account,
        "banner": None,
        "notifications": export["account"]["notifications"],
    }
    assert dump["sent.jsonl"] == dump["messages.jsonl"] == dump["arrivals.jsonl"] == []
    assert dump["faults.json"] == {}


def test_after_a_move_the_help_desk_is_the_export_and_more(platform: Platform, tmp_path: Path) -> None:
    export = example_export(platform.account)
    platform.switch()
    ids = ["conv-ticket", "conv-plain", "conv-file", "conv-empty", "conv-archived"]
    platform.release("chat", *platform.import_as_is(*ids))
    platform.delete("/inbox/channels/chat")
    dump = platform.dump(tmp_path)
    moved = {each["id"]: each for each in dump["help_desk/conversations.jsonl"]}
    tickets = {each["id"]: each for each in dump["help_desk/tickets.jsonl"]}
    for source in export["conversations"]:
        if source["id"] in ids:
            ticket_id = source["ticket_id"] or moved[source["id"]]["ticket_id"]
            assert moved.pop(source["id"]) == {**source, "ticket_id": ticket_id}
            assert tickets[ticket_id]["conversation_id"] == source["id"]
            assert tickets[ticket_id]["sla"] == {"first_reply_minutes": 60}
    assert moved == {}
    assert tickets["ticket-1"] == {**export["tickets"][0], "sla": {"first_reply_minutes": 60}}
    assert len(tickets) == 5
    assert [each["id"] for each in dump["inbox/conversations.jsonl"]] == ["conv-mail"]
    assert dump["inbox/tickets.jsonl"] == []
    assert dump["help_desk/channels.jsonl"] == [export["channels"][0]]
    assert [each["id"] for each in dump["inbox/channels.jsonl"]] == ["form", "mail"]


def test_hostile_content_comes_through_whole(platform: Platform, tmp_path: Path) -> None:
    export = example_export("hostile")
    texts = [
        "x" * 70_000,
        "\u0000\u0007\u2028\u0085",
        "\u202e\u05e9\u05dc\u05d5\u05dd",
        "=1+1|cmd",
        "<b onload=x>",
        "😀",
        "",
    ]
    longest = "c" * 128
    chat = conversation(longest, 9, messages=len(texts))
    for number, (message, text) in enumerate(zip(chat["messages"], texts, strict=True)):
        message["id"] = f"{number}{'m' * 127}"
        message["text"] = text
        message["at"] = chat["started_at"]
    chat["contact"]["id"] = longest
    chat["messages"][0]["attachments"] = [
        {**attachment("..", b"\xff" * 5_000_000), "name": "../../a\u202e.exe", "content_type": "text/é\r\nX-Evil: 1"},
        {**attachment("."), "name": "", "content_type": ""},
    ]
    export["conversations"].append(chat)
    sandbox = platform.sandbox
    hostile = Platform(sandbox, sandbox.add_account(export, token="h", webhook_secret=SECRET), "h", platform.contract)
    hostile.switch()
    hostile.release("chat", *hostile.import_as_is(longest))
    told = hostile.live("message", conversation_id=longest, text="more")
    (moved,) = hostile.dump(tmp_path)["help_desk/conversations.jsonl"]
    messages = [*chat["messages"], told["message"]]
    assert moved == {**chat, "ticket_id": moved["ticket_id"], "messages": messages, "updated_at": told["at"]}
    sandbox.remove_account("hostile")


def test_the_inbox_dump_can_be_loaded_again(platform: Platform, tmp_path: Path) -> None:
    platform.live("message", conversation_id="conv-ticket", text="hello")
    dump = platform.dump(tmp_path)
    export: dict[str, Any] = example_export(platform.account)
    lists = {name: dump[f"inbox/{name}.jsonl"] for name in ("conversations", "tickets", "channels")}
    loaded = parse_export({**export, **lists})
    assert loaded.warnings == ()
    assert len(loaded.conversations) == 6


def test_a_staged_copy_is_in_both_places_and_new_ids_bear_the_old(platform: Platform, tmp_path: Path) -> None:
    platform.sandbox.set_options(platform.account, ids="new")
    platform.make_channel()
    (result,) = platform.import_as_is("conv-ticket")
    dump = platform.dump(tmp_path)
    assert "conv-ticket" in [each["id"] for each in dump["inbox/conversations.jsonl"]]
    assert [each["id"] for each in dump["inbox/tickets.jsonl"]] == ["ticket-1"]
    (copy,) = dump["help_desk/conversations.jsonl"]
    (ticket,) = dump["help_desk/tickets.jsonl"]
    assert (copy["id"], copy["legacy_id"]) == (result["conversation_id"], "conv-ticket")
    assert (ticket["id"], ticket["legacy_id"]) == (result["ticket_id"], "ticket-1")
    assert ticket["conversation_id"] == copy["id"]
    assert copy["ticket_id"] == ticket["id"]


def test_events_and_messages_to_people_are_told_in_order(platform: Platform, tmp_path: Path) -> None:
    platform.switch()
    platform.sandbox.faults(platform.account, "slow=0.1")
    platform.live("message", conversation_id="conv-ticket", text="hello")
    platform.live("new_conversation", channel_id="chat")
    platform.live("change", conversation_id="conv-plain", change={"status": "closed"})
    platform.put("/notices/banner", {"channel_id": "chat", "move_id": "m", "text": "t"})
    dump = platform.dump(tmp_path)
    message, born, change = dump["arrivals.jsonl"]
    assert (message["where"], message["conversation_id"], message["message"]["text"]) == (
        "inbox",
        "conv-ticket",
        "hello",
    )
    assert born["where"] == "help_desk"
    assert born["conversation"] in dump["help_desk/conversations.jsonl"]
    assert change["change"]["status"] == "closed"
    assert dump["account.json"]["banner"] == {"channel_id": "chat", "move_id": "m", "text": "t"}
    assert dump["faults.json"] == platform.sandbox.fault_counts(platform.account)
    assert dump["sent.jsonl"] == platform.sent()
    assert {"at", "to_kind", "to", "cause"} == set(dump["sent.jsonl"][0])
