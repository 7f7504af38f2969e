from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.integration.sandbox.platform_client import Platform, import_item

if TYPE_CHECKING:
    from tests.integration.sandbox.platform_client import Json


@pytest.fixture
def desk(platform: Platform) -> Platform:
    platform.make_channel()
    return platform


def _import(desk: Platform, *items: Json, **flags: bool) -> list[Json]:
    body = {"import": True, "suppress_customer_messages": True, **flags, "items": list(items)}
    results: list[Json] = desk.post("/help_desk/imports", body).json["results"]
    return results


def test_an_import_is_kept_as_it_was(desk: Platform) -> None:
    source = desk.read("conv-file")
    (result,) = desk.import_as_is("conv-file")
    assert (result["status"], result["code"], result["conversation_id"]) == (201, "created", "conv-file")
    (copy,) = desk.copies("conv-file")
    same = source.keys() & copy.keys() - {"ticket"}
    assert {name: copy[name] for name in same} == {name: source[name] for name in same}
    assert (copy["state"], copy["origin"], copy["source_version"]) == ("staged", "imported", 1)
    assert copy["ticket"]["conversation_id"] == copy["id"]
    assert copy["ticket"]["id"] == copy["ticket_id"] == result["ticket_id"]
    assert copy["ticket"]["sla"] == {"first_reply_minutes": 60}
    for attachment in source["messages"][1]["attachments"]:
        there, here = (desk.get(f"/{side}/attachments/{attachment['id']}") for side in ("inbox", "help_desk"))
        assert (there.data, there.headers["content-type"]) == (here.data, here.headers["content-type"])


def test_without_the_import_flag_times_and_authors_are_lost(desk: Platform) -> None:
    before = datetime.now(UTC)
    desk.import_as_is("conv-ticket", **{"import": False})
    (copy,) = desk.copies("conv-ticket")
    times = [copy["started_at"], copy["updated_at"], copy["ticket"]["created_at"], *(m["at"] for m in copy["messages"])]
    assert all((datetime.fromisoformat(time) - before).total_seconds() > -1 for time in times)
    assert {message["author"]["kind"] for message in copy["messages"]} == {"system"}


def test_without_suppression_the_customer_is_mailed(desk: Platform) -> None:
    desk.import_as_is("conv-ticket", "conv-plain", suppress_customer_messages=False)
    mailed = desk.sent("customer")
    assert {each["to"] for each in mailed} == {"conv-ticket@mail.example", "conv-plain@mail.example"}
    assert {each["cause"] for each in mailed} == {"backfill:conv-ticket", "backfill:conv-plain"}


def test_with_both_flags_no_customer_hears_of_it(desk: Platform) -> None:
    desk.import_as_is("conv-ticket", "conv-plain", "conv-archived")
    assert desk.sent("customer") == []
    agents = [(each["to"], each["cause"]) for each in desk.sent("agent")]
    assert ("bob@desk.example", "backfill:conv-ticket") in agents, "an assignment"
    assert ("ann@desk.example", "backfill:conv-plain") in agents, "a new ticket"


def test_muted_agents_hear_nothing(desk: Platform) -> None:
    desk.put("/notices/notifications", {"new_ticket": False, "assignment": False, "reply": False})
    desk.import_as_is("conv-ticket", "conv-plain")
    assert desk.sent() == []


def test_the_sla_clock_decides_whether_the_past_alerts(desk: Platform) -> None:
    desk.put("/notices/notifications", {})
    item = import_item(desk.read("conv-plain"))
    _import(desk, item)
    assert desk.sent() == []
    item = import_item(desk.read("conv-archived"))
    item["ticket"]["sla_clock"] = "created"
    _import(desk, item)
    assert {each["to_kind"] for each in desk.sent()} == {"agent"}


def test_imports_are_idempotent_and_ordered_by_version(desk: Platform) -> None:
    source = desk.read("conv-plain")
    assert [each["code"] for each in desk.import_as_is("conv-plain")] == ["created"]
    assert [each["code"] for each in desk.import_as_is("conv-plain")] == ["unchanged"]
    assert len(desk.copies("conv-plain")) == 1
    desk.live("change", conversation_id="conv-plain", change={"status": "closed"})
    (updated,) = desk.import_as_is("conv-plain")
    assert (updated["code"], updated["source_version"]) == ("updated", 2)
    (stale,) = _import(desk, import_item(source))
    assert (stale["status"], stale["code"], stale["source_version"]) == (409, "stale", 2)
    other = import_item(desk.read("conv-plain"), owner_id="bob")
    assert [each["code"] for each in _import(desk, other)] == ["updated"]
    assert [copy["owner_id"] for copy in desk.copies("conv-plain")] == ["bob"]
    assert len(desk.get("/help_desk/conversations").json["items"]) == 1


def test_what_is_live_is_not_imported_again(desk: Platform) -> None:
    (result,) = desk.import_as_is("conv-plain")
    source = desk.read("conv-plain")
    desk.release("chat", result)
    (again,) = _import(desk, import_item(source, source_version=9))
    assert (again["status"], again["code"]) == (409, "live")
    assert desk.delete("/help_desk/imports/conv-plain", source_version="9").json == {"outcome": "live"}


def test_a_deleted_import_leaves_a_tombstone(desk: Platform) -> None:
    item = import_item(desk.read("conv-plain"))
    desk.import_as_is("conv-plain", "conv-file")
    assert desk.delete("/help_desk/imports/conv-plain", source_version="2").json == {"outcome": "deleted"}
    assert desk.delete("/help_desk/imports/conv-plain", source_version="1").json == {"outcome": "absent"}
    assert desk.copies("conv-plain") == []
    (refused,) = _import(desk, {**item, "source_version": 2})
    assert (refused["status"], refused["code"], refused["source_version"]) == (409, "tombstoned", 2)
    assert [each["code"] for each in _import(desk, {**item, "source_version": 3})] == ["created"]
    desk.delete("/help_desk/imports/conv-file", source_version="1")
    assert desk.get("/help_desk/attachments/file-1").status == 404
    assert desk.delete("/help_desk/imports/never-seen", source_version="1").json == {"outcome": "absent"}


def test_a_bad_item_is_rejected_and_spoils_no_other(desk: Platform) -> None:
    good = import_item(desk.read("conv-plain"))
    source = import_item(desk.read("conv-ticket"))
    bad = [
        {**source, "started_at": "yesterday"},
        {key: value for key, value in source.items() if key != "contact"},
        {**source, "channel_id": "mail"},
        {**source, "source_version": 0},
        {**source, "ticket": {**source["ticket"], "external_id": None, "status": "lost"}},
    ]
    body = {"import": True, "suppress_customer_messages": True, "items": [*bad, good]}
    reply = desk.call("POST", "/help_desk/imports", body=body, valid=False)
    assert reply.status == 207
    results = reply.json["results"]
    assert [(each["status"], each["code"]) for each in results] == [*[(422, "rejected")] * 5, (201, "created")]
    assert [each.get("reason") for each in results[:-1]] == [
        "invalid_field",
        "invalid_field",
        "unknown_channel",
        "invalid_source_version",
        "unknown_ticket_status",
    ]
    assert results[0]["field"] == "started_at"
    assert {each["external_id"] for each in results[:-1]} == {"conv-ticket"}


def test_a_ticket_belongs_to_one_conversation(desk: Platform) -> None:
    desk.import_as_is("conv-ticket")
    item = import_item(desk.read("conv-plain"))
    item["ticket"]["external_id"] = "ticket-1"
    (refused,) = _import(desk, item)
    assert refused["reason"] == "ticket_taken"


def test_attachments_come_first_and_whole(desk: Platform) -> None:
    item = import_item(desk.read("conv-file"))
    (refused,) = _import(desk, item)
    assert (refused["status"], refused["code"], refused["reason"]) == (422, "attachment_missing", "file-1")
    desk.upload(desk.read("conv-file"))
    wrong = "0" * 64
    reply = desk.put_attachment("file-1", b"other", wrong, "text/plain", "x")
    assert (reply.status, reply.code) == (422, "hash_mismatch")
    item["messages"][1]["attachments"][0]["sha256"] = wrong
    (refused,) = _import(desk, item)
    assert (refused["status"], refused["code"], refused["reason"]) == (422, "hash_mismatch", "file-1")


def test_new_ids_are_told_and_old_ones_resolve_for_ever(desk: Platform) -> None:
    desk.sandbox.set_options(desk.account, ids="new")
    (result,) = desk.import_as_is("conv-ticket")
    assert result["conversation_id"] != "conv-ticket"
    assert result["ticket_id"] != "ticket-1"
    desk.release("chat", result)
    desk.live("message", conversation_id="conv-ticket", text="still here?")
    for identifier in ("conv-ticket", result["conversation_id"]):
        conversation = desk.get(f"/help_desk/conversations/{identifier}").json
        assert conversation["id"] == result["conversation_id"]
        assert conversation["messages"][-1]["text"] == "still here?"
    for identifier in ("ticket-1", result["ticket_id"]):
        ticket = desk.get(f"/help_desk/tickets/{identifier}").json
        assert (ticket["id"], ticket["external_id"]) == (result["ticket_id"], "ticket-1")


def test_channel_settings_left_out_fall_back_to_defaults(desk: Platform) -> None:
    put = desk.put("/help_desk/channels/chat", {"id": "chat", "kind": "chat", "settings": {"signature": "Bye"}}).json
    assert put == desk.get("/help_desk/channels/chat").json
    assert put["settings"] == {
        "signature": "Bye",
        "routing": {"mode": "manual"},
        "automation": [],
        "ticket_creation": {"auto": False},
    }
    assert (put["name"], put["address"], put["bot"], put["answers_forms_of"]) == ("", None, None, [])
