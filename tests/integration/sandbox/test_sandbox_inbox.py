from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.sandbox.platform_client import Json, Platform

LISTING = "/inbox/conversations"


def _ids(items: list[Json]) -> list[str]:
    return [each["id"] for each in items]


def test_the_listing_is_ordered_by_start_and_id_and_filtered(platform: Platform) -> None:
    assert _ids(platform.list_all(LISTING, channel_id="chat", limit="1")) == [
        "conv-ticket",
        "conv-plain",
        "conv-file",
        "conv-empty",
    ]
    assert _ids(platform.list_all(LISTING, channel_id="chat", archived="true")) == ["conv-archived"]
    assert _ids(platform.list_all(LISTING, channel_id="chat", status="open")) == ["conv-plain"]
    assert _ids(platform.list_all(LISTING, channel_id="mail")) == ["conv-mail"]
    assert platform.list_all(LISTING, channel_id="form") == []


def test_a_window_starts_after_a_key(platform: Platform) -> None:
    plain = platform.read("conv-plain")
    after = {"after_started_at": plain["started_at"], "after_id": plain["id"]}
    assert _ids(platform.list_all(LISTING, channel_id="chat", limit="1", **after)) == ["conv-file", "conv-empty"]


def test_a_cursor_belongs_to_its_listing(platform: Platform) -> None:
    cursor = platform.get(LISTING, channel_id="chat", limit="1").json["next_cursor"]
    for path, query in ((LISTING, {"channel_id": "mail"}), ("/inbox/inventory", {"channel_id": "chat"})):
        reply = platform.get(path, cursor=cursor, **query)
        assert (reply.status, reply.code) == (400, "invalid_cursor")
    assert platform.get("/inbox/changes", cursor="nonsense").code == "invalid_cursor"


def test_a_paging_limit_is_an_error_and_a_narrower_window_goes_on(platform: Platform) -> None:
    platform.sandbox.faults(platform.account, "page_limit=3")
    first = platform.get(LISTING, channel_id="chat", limit="2").json
    second = platform.get(LISTING, channel_id="chat", limit="2", cursor=first["next_cursor"]).json
    assert len(second["items"]) == 1
    reply = platform.get(LISTING, channel_id="chat", limit="2", cursor=second["next_cursor"])
    assert (reply.status, reply.code) == (400, "paging_limit")
    last = second["items"][-1]
    rest = platform.get(LISTING, channel_id="chat", after_started_at=last["started_at"], after_id=last["id"]).json
    assert (_ids(rest["items"]), rest["next_cursor"]) == (["conv-empty"], None)
    assert platform.sandbox.fault_counts(platform.account) == {"page_limit=3": {"calls": 4, "done": 1}}


def test_the_inventory_counts_everything_archived_too(platform: Platform) -> None:
    rows = platform.list_all("/inbox/inventory", channel_id="chat", limit="2")
    assert _ids(rows) == ["conv-archived", "conv-empty", "conv-file", "conv-plain", "conv-ticket"]
    by_id = {row["id"]: row for row in rows}
    assert (by_id["conv-file"]["messages"], by_id["conv-file"]["attachments"]) == (3, 2)
    assert by_id["conv-archived"]["archived"] is True
    assert platform.get("/inbox/inventory", channel_id="chat").json["total"] == 5


def test_versions_rise_and_changes_tell(platform: Platform) -> None:
    head = platform.get("/inbox/changes/head").json["cursor"]
    platform.live("message", conversation_id="conv-plain", text="hello")
    platform.live("change", conversation_id="conv-plain", change={"owner_id": "bob"})
    platform.live("move_channel", conversation_id="conv-plain", channel_id="mail")
    born = platform.live("new_conversation", channel_id="chat")["conversation"]["id"]
    platform.live("delete", conversation_id="conv-file")
    platform.live("privacy_delete", conversation_id="conv-empty")
    first = platform.get("/inbox/changes", cursor=head, limit="4").json
    second = platform.get("/inbox/changes", cursor=first["next_cursor"]).json
    told = [
        (each["conversation_id"], each["kind"], each["version"], each["channel_id"], each["previous_channel_id"])
        for each in [*first["items"], *second["items"]]
    ]
    assert told == [
        ("conv-plain", "message", 2, "chat", None),
        ("conv-plain", "changed", 3, "chat", None),
        ("conv-plain", "changed", 4, "mail", "chat"),
        (born, "created", 1, "chat", None),
        ("conv-file", "deleted", 2, "chat", None),
        ("conv-empty", "privacy_deleted", 2, "chat", None),
    ]
    assert (first["end"], second["end"]) == (False, True)
    assert platform.get("/inbox/changes", cursor=second["next_cursor"]).json["items"] == []
    moved = platform.read("conv-plain")
    assert (moved["channel_id"], moved["original_channel_id"]) == ("mail", "chat")
    assert _ids(platform.list_all(LISTING, channel_id="mail")) == ["conv-plain", "conv-mail"]


def test_the_deleted_are_missing_with_their_reason(platform: Platform) -> None:
    platform.live("delete", conversation_id="conv-file")
    platform.live("privacy_delete", conversation_id="conv-empty")
    read = platform.post(f"{LISTING}/batch_read", {"ids": ["conv-file", "conv-empty", "conv-9", "conv-plain"]}).json
    assert _ids(read["items"]) == ["conv-plain"]
    assert read["missing"] == [
        {"id": "conv-file", "reason": "deleted", "version": 2},
        {"id": "conv-empty", "reason": "privacy_deleted", "version": 2},
        {"id": "conv-9", "reason": "not_found", "version": None},
    ]
    assert platform.get("/inbox/attachments/file-1").status == 410
    assert platform.get("/inbox/attachments/file-9").status == 404
    assert "conv-file" not in _ids(platform.list_all(LISTING, channel_id="chat"))


def test_listings_and_changes_lag_but_reading_does_not(platform: Platform) -> None:
    head = platform.get("/inbox/changes/head").json["cursor"]
    platform.sandbox.set_options(platform.account, listing_lag_ms=60_000)
    born = platform.live("new_conversation", channel_id="chat")["conversation"]["id"]
    assert platform.get("/account").json["listing_lag_ms"] == 60_000
    assert born not in _ids(platform.list_all(LISTING, channel_id="chat"))
    assert platform.get("/inbox/inventory", channel_id="chat").json["total"] == 5
    changes = platform.get("/inbox/changes", cursor=head).json
    assert (changes["items"], changes["end"]) == ([], True)
    assert platform.get("/inbox/changes/head").json["cursor"] == head
    assert platform.read(born)["id"] == born

    platform.sandbox.set_options(platform.account, listing_lag_ms=50)
    deadline = time.monotonic() + 10
    while not platform.get("/inbox/changes", cursor=changes["next_cursor"]).json["items"]:
        assert time.monotonic() < deadline
    assert born in _ids(platform.list_all(LISTING, channel_id="chat"))


def test_a_release_needs_the_verified_version_and_leaves_a_pointer(platform: Platform) -> None:
    platform.switch()
    (result,) = platform.import_as_is("conv-ticket")
    head = platform.get("/inbox/changes/head").json["cursor"]
    platform.live("message", conversation_id="conv-ticket", text="wait")
    (refused,) = platform.release("chat", result)
    assert (refused["status"], refused["code"], refused["version"]) == (409, "version_conflict", 2)
    (result,) = platform.import_as_is("conv-ticket")
    assert platform.release("chat", result)[0]["code"] == "released"
    assert platform.release("chat", result)[0]["code"] == "already_released"
    pointer = platform.read("conv-ticket")
    assert pointer["moved_to"] == {"conversation_id": "conv-ticket", "ticket_id": "ticket-1"}
    assert (pointer["messages"], pointer["contact"], pointer["ticket"], pointer["version"]) == ([], None, None, 2)
    assert "conv-ticket" not in _ids(platform.list_all(LISTING, channel_id="chat"))

    told = platform.live("message", conversation_id="conv-ticket", text="and now?")
    assert told["where"] == "help_desk"
    assert platform.copies("conv-ticket")[0]["messages"][-1]["text"] == "and now?"
    kinds = [each["kind"] for each in platform.get("/inbox/changes", cursor=head).json["items"]]
    assert kinds == ["message"], "neither the release nor what comes after it"


def test_what_cannot_be_released_says_why(platform: Platform) -> None:
    platform.make_channel()
    results = platform.import_as_is("conv-plain", "conv-file")
    plain, file = results
    never = {**plain, "external_id": "conv-9"}
    not_there = {**plain, "external_id": "conv-empty", "conversation_id": "conv-empty"}
    another = {**plain, "ticket_id": file["ticket_id"]}
    platform.live("delete", conversation_id="conv-file")
    codes = [each["code"] for each in platform.release("chat", never, not_there, another, file)]
    assert codes == ["not_found", "not_in_help_desk", "not_in_help_desk", "deleted"]
    assert platform.release("mail", plain)[0]["code"] == "other_channel"


def test_an_attachment_of_a_released_conversation_has_moved(platform: Platform) -> None:
    platform.make_channel()
    platform.release("chat", *platform.import_as_is("conv-file"))
    reply = platform.get("/inbox/attachments/file-1")
    assert (reply.status, reply.code) == (410, "moved")


def test_a_channel_leaves_in_the_right_order(platform: Platform) -> None:
    assert platform.post("/inbox/channels/chat/switch", {}).code == "not_in_help_desk"
    platform.make_channel()
    assert platform.delete("/inbox/channels/chat").code == "still_receiving"
    assert platform.get("/inbox/channels/chat").json["intake"] == "inbox"
    platform.switch()
    assert platform.get("/inbox/channels/chat").json["intake"] == "help_desk"
    assert platform.delete("/inbox/channels/chat").status == 204
    assert platform.post("/inbox/channels/chat/switch", {}).status == 200
    for method, path in (("GET", "/inbox/channels/fax"), ("DELETE", "/inbox/channels/fax"), ("GET", "/agents/nobody")):
        assert platform.call(method, path).status == 404


@pytest.mark.parametrize("path", ["/help_desk/conversations/x", "/help_desk/tickets/x", "/help_desk/channels/x"])
def test_what_is_not_there_is_not_found(platform: Platform, path: str) -> None:
    assert platform.get(path).code == "not_found"
