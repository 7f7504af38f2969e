"""A client of the contract for tests: every request and answer is checked against the OpenAPI file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.sandbox.client import Sandbox
    from tests.integration.sandbox.contract_check import ContractCheck

Json = dict[str, Any]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Reply:
    status: int
    data: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        return json.loads(self.data)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Platform:
    """One account of the sandbox, seen through the contract (``get``, ``post``, …) and through the control plane."""

    sandbox: Sandbox
    account: str
    token: str
    contract: ContractCheck
    timeout: float = 30.0

    def call(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        valid: bool = True,
    ) -> Reply:
        if valid:
            self.contract.check_request(method, path, query or {}, body)
        with urllib3.PoolManager(retries=False, timeout=self.timeout) as pool:
            response = pool.request(
                method,
                f"{self.sandbox.api_url}{path}{'?' + urlencode(query) if query else ''}",
                body=json.dumps(body).encode() if body is not None else data,
                headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
            )
        reply = Reply(response.status, response.data, {key.lower(): value for key, value in response.headers.items()})
        is_json = reply.headers.get("content-type") == "application/json"
        self.contract.check_answer(method, path, reply.status, reply.json if is_json else None)
        return reply

    def get(self, path: str, **query: str) -> Reply:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object) -> Reply:
        return self.call("POST", path, body=body)

    def put(self, path: str, body: object) -> Reply:
        return self.call("PUT", path, body=body)

    def delete(self, path: str, **query: str) -> Reply:
        return self.call("DELETE", path, query=query)

    def read(self, conversation_id: str) -> Json:
        items: list[Json] = self.post("/inbox/conversations/batch_read", {"ids": [conversation_id]}).json["items"]
        return items[0]

    def copies(self, external_id: str) -> list[Json]:
        body = {"external_ids": [external_id]}
        copies: list[Json] = self.post("/help_desk/conversations/batch_read", body).json["items"]
        return copies

    def list_all(self, path: str, **query: str) -> list[Json]:
        items: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor).json
            items.extend(page["items"])
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    def make_channel(self, channel_id: str = "chat") -> Json:
        channel: Json = self.get(f"/inbox/channels/{channel_id}").json
        del channel["intake"]
        assert self.put(f"/help_desk/channels/{channel_id}", channel).status == 200
        return channel

    def switch(self, channel_id: str = "chat") -> None:
        self.make_channel(channel_id)
        assert self.post(f"/inbox/channels/{channel_id}/switch", {}).status == 200

    def upload(self, conversation: Json) -> None:
        for message in conversation["messages"]:
            for each in message["attachments"]:
                data = self.get(f"/inbox/attachments/{each['id'].replace('.', '%2E')}").data
                self.put_attachment(each["id"], data, each["sha256"], each["content_type"], each["name"])

    def put_attachment(self, identifier: str, data: bytes, sha256: str, kind: str, name: str) -> Reply:
        in_header = kind if kind.isascii() and kind.isprintable() and kind else "application/octet-stream"
        headers = {"X-Content-SHA256": sha256, "Content-Type": in_header}
        return self.call(
            "PUT",
            f"/help_desk/attachments/{identifier.replace('.', '%2E')}",
            data=data,
            headers=headers,
            query={"name": name},
        )

    def import_as_is(self, *conversation_ids: str, **flags: bool) -> list[Json]:
        """Import conversations of the inbox as they are now, with their attachments; return the results."""
        items = []
        for identifier in conversation_ids:
            conversation = self.read(identifier)
            self.upload(conversation)
            items.append(import_item(conversation))
        body = {"import": True, "suppress_customer_messages": True, **flags, "items": items}
        results: list[Json] = self.post("/help_desk/imports", body).json["results"]
        return results

    def release(self, channel_id: str, *results: Json, version: int | None = None) -> list[Json]:
        items = [
            {
                "id": result["external_id"],
                "version": version or result["source_version"],
                "moved_to": {"conversation_id": result["conversation_id"], "ticket_id": result["ticket_id"]},
            }
            for result in results
        ]
        body = {"channel_id": channel_id, "items": items}
        released: list[Json] = self.post("/inbox/conversations/release", body).json["results"]
        return released

    def live(self, kind: str, **facts: object) -> Json:
        return self.sandbox.live(self.account, kind, **facts)

    def state(self) -> Json:
        return self.sandbox.state(self.account)

    def sent(self, to_kind: str = "") -> list[Json]:
        return [each for each in self.state()["sent"] if to_kind in {"", each["to_kind"]}]

    def dump(self, folder: Path) -> dict[str, Any]:
        self.sandbox.dump(self.account, folder)
        read: dict[str, Any] = {}
        for path in folder.rglob("*.json*"):
            text = path.read_text(encoding="utf-8")
            lines = (
                [json.loads(line) for line in text.split("\n") if line] if path.suffix == ".jsonl" else json.loads(text)
            )
            read[str(path.relative_to(folder))] = lines
        return read


def import_item(conversation: Json, **changes: object) -> Json:
    """Return the import of a conversation as the inbox holds it."""
    kept = conversation["ticket"]
    ticket = {
        "external_id": kept["id"] if kept else None,
        "subject": kept["subject"] if kept else "Made",
        "status": kept["status"] if kept else "new",
        "created_at": kept["created_at"] if kept else conversation["started_at"],
        "owner_id": kept["owner_id"] if kept else conversation["owner_id"],
        "sla_clock": "import",
    }
    names = (
        "channel_id",
        "original_channel_id",
        "status",
        "started_at",
        "updated_at",
        "owner_id",
        "archived",
        "contact",
    )
    return {
        "external_id": conversation["id"],
        "source_version": conversation["version"],
        **{name: conversation[name] for name in names},
        "messages": conversation["messages"],
        "ticket": ticket,
        **changes,
    }
