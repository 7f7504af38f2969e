from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openapi_spec_validator import validate

from infra.local.sandbox.app import OPERATIONS

if TYPE_CHECKING:
    from tests.integration.sandbox.contract_check import ContractCheck
    from tests.integration.sandbox.platform_client import Platform


def test_the_contract_is_valid_openapi(contract: ContractCheck) -> None:
    validate(contract.document)


def test_the_sandbox_serves_the_contract_and_nothing_else(contract: ContractCheck) -> None:
    methods = {"get", "put", "post", "delete", "patch"}
    stated = {
        (method.upper(), f"/v1{path}")
        for path, item in contract.document["paths"].items()
        for method in item.keys() & methods
    }
    assert {(each.method, each.path) for each in OPERATIONS} == stated


def test_the_check_itself_refuses_what_is_not_in_the_contract(contract: ContractCheck) -> None:
    with pytest.raises(AssertionError, match="unknown"):
        contract.check_request("GET", "/inbox/conversations", {"channel_id": "chat", "colour": "red"}, None)
    with pytest.raises(AssertionError, match="is missing"):
        contract.check_request("GET", "/inbox/conversations", {}, None)
    with pytest.raises(AssertionError, match="required property"):
        contract.check_answer("GET", "/account", 200, {"id": "acme"})
    with pytest.raises(AssertionError, match="answered 201"):
        contract.check_answer("GET", "/account", 201, {})


def test_a_whole_move_keeps_to_the_contract(platform: Platform) -> None:
    """Each call here is checked against the OpenAPI file, request and answer, by the platform fixture's client."""
    assert platform.get("/account").json["plan"] == {"help_desk": True}
    assert [agent["id"] for agent in platform.list_all("/agents", limit="2")] == ["ann", "bob", "eve"]
    assert platform.get("/agents/ann").json["role"] == "super_admin"
    head = platform.get("/inbox/changes/head").json["cursor"]
    platform.put("/webhooks/move-1", {"url": "http://127.0.0.1:9/hook", "channel_id": "chat"})
    platform.put("/notices/banner", {"channel_id": "chat", "move_id": "move-1", "text": "Assignments may change."})
    letter = {"agent_id": "ann", "subject": "Authorize again", "body": "By Friday."}
    assert platform.put("/notices/messages/letter-1", letter).json == {"id": "letter-1", **letter}
    notifications = platform.get("/notices/notifications").json
    platform.put("/notices/notifications", dict.fromkeys(notifications, False))
    channel = platform.make_channel()
    assert platform.get("/help_desk/channels/chat").json == channel
    assert platform.post("/inbox/channels/chat/switch", {}).json == {"intake": "help_desk"}

    listed = [
        each["id"]
        for archived in ("false", "true")
        for each in platform.list_all("/inbox/conversations", channel_id="chat", archived=archived, limit="2")
    ]
    assert sorted(listed) == [row["id"] for row in platform.list_all("/inbox/inventory", channel_id="chat", limit="2")]
    results = platform.import_as_is(*listed)
    assert {result["code"] for result in results} == {"created"}
    platform.live("message", conversation_id="conv-plain", text="One more thing")
    changes = platform.get("/inbox/changes", cursor=head).json
    assert [(change["conversation_id"], change["version"]) for change in changes["items"]] == [("conv-plain", 2)]
    assert changes["end"] is True

    released = platform.release("chat", *results)
    assert {each["code"] for each in released} == {"released", "version_conflict"}
    again = platform.import_as_is("conv-plain")
    assert platform.release("chat", *again)[0]["code"] == "released"
    rows = platform.list_all("/help_desk/conversations", channel_id="chat", origin="imported", limit="2")
    assert {row["state"] for row in rows} == {"live"}
    assert platform.get("/inbox/inventory", channel_id="chat").json["total"] == 0
    assert platform.get("/help_desk/conversations/conv-file", as_agent="bob").json["ticket"]["sla"]
    assert platform.get("/help_desk/tickets/ticket-1", as_agent="bob").json["conversation_id"] == "conv-ticket"
    assert platform.get("/help_desk/conversations/conv-file", as_agent="eve").code == "no_help_desk_access"
    assert platform.get("/help_desk/tickets/ticket-1", as_agent="nobody").code == "no_help_desk_access"

    assert platform.delete("/inbox/channels/chat").status == 204
    assert platform.delete("/inbox/channels/chat").status == 204
    assert platform.get("/inbox/channels/chat").code == "moved"
    assert [each["id"] for each in platform.get("/inbox/channels").json["items"]] == ["form", "mail"]
    assert [each["id"] for each in platform.get("/help_desk/channels").json["items"]] == ["chat"]
    platform.put("/notices/notifications", notifications)
    assert platform.delete("/notices/banner", move_id="another").status == 204
    assert platform.get("/notices/banner").json["move_id"] == "move-1"
    assert platform.delete("/notices/banner", move_id="move-1").status == 204
    assert platform.get("/notices/banner").code == "not_found"
    assert platform.delete("/webhooks/move-1").status == 204


def test_bad_requests_name_the_field(platform: Platform) -> None:
    def field(method: str, path: str, body: object = None, **query: str) -> str:
        reply = platform.call(method, path, body=body, query=query, valid=False)
        assert (reply.status, reply.code) == (400, "invalid_request")
        return str(reply.json["error"]["field"])

    listing = "/inbox/conversations"
    assert field("GET", listing) == "channel_id"
    assert field("GET", listing, channel_id="chat", limit="101") == "limit"
    assert field("GET", listing, channel_id="chat", limit="two") == "limit"
    assert field("GET", listing, channel_id="chat", status="pending") == "status"
    assert field("GET", listing, channel_id="chat", archived="maybe") == "archived"
    assert field("GET", listing, channel_id="chat", after_id="x") == "after_id"
    assert field("GET", listing, channel_id="chat", after_id="x", after_started_at="now") == "after_started_at"
    assert field("POST", f"{listing}/batch_read", {"ids": [1]}) == "ids[0]"
    assert field("POST", f"{listing}/batch_read", {"ids": ["x"] * 101}) == "ids"
    assert field("POST", "/help_desk/imports", {"items": [{}] * 101}) == "items"
    assert field("POST", "/help_desk/imports", {"import": "yes", "items": []}) == "import"
    assert field("PUT", "/help_desk/channels/chat", {"id": "mail", "kind": "chat"}) == "id"
    assert field("PUT", "/help_desk/channels/chat", {"id": "chat", "kind": "fax"}) == "kind"
    assert field("PUT", "/help_desk/channels/chat", {"id": "chat", "kind": "chat", "settings": {"x": 1}}) == "settings"
    assert field("PUT", "/webhooks/w", {"url": "ftp://x", "channel_id": "chat"}) == "url"
    assert field("DELETE", "/help_desk/imports/conv-plain", source_version="x") == "source_version"
    assert platform.call("POST", "/help_desk/imports", data=b"{", valid=False).code == "invalid_request"
    broken = b'{"items": [{"external_id": "\\ud800"}]}'
    assert platform.call("POST", "/help_desk/imports", data=broken, valid=False).code == "invalid_request"
