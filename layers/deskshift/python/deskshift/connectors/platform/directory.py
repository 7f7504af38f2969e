"""The account, its people and its channels, by the platform contract."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar

import msgspec

from deskshift.connectors.http import VendorClient, decoded, segment
from deskshift.model.account import Account, Agent, Channel

T = TypeVar("T")

_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class _Agents(msgspec.Struct):
    items: tuple[Agent, ...]
    next_cursor: str | None = None


class _Channels(msgspec.Struct):
    items: tuple[Channel, ...]
    next_cursor: str | None = None


class PlatformDirectory:
    """Fits `ports.Directory` and `ports.Switchboard`."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    def account(self) -> Account:
        """Read the account."""
        return self._client.json("GET", "/v1/account", Account)

    def agent(self, agent_id: str) -> Agent | None:
        """Read one agent; None if the account has none of this id."""
        return self._find(f"/v1/agents/{segment(agent_id)}", Agent)

    def agents(self) -> Iterator[Agent]:
        """Read all agents."""
        cursor = None
        while True:
            page = self._client.json("GET", "/v1/agents", _Agents, query={"limit": 1000, "cursor": cursor})
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def inbox_channels(self) -> Iterator[Channel]:
        """Read the channels that are in the inbox."""
        cursor = None
        while True:
            page = self._client.json("GET", "/v1/inbox/channels", _Channels, query={"cursor": cursor})
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def inbox_channel(self, channel_id: str) -> Channel | None:
        """Read a channel of the inbox; None if it is not there (any more)."""
        return self._find(f"/v1/inbox/channels/{segment(channel_id)}", Channel)

    def help_desk_channel(self, channel_id: str) -> Channel | None:
        """Read a channel of the help desk; None if it is not there."""
        return self._find(f"/v1/help_desk/channels/{segment(channel_id)}", Channel)

    def put_channel(self, channel: Channel) -> None:
        """Create the channel in the help desk with every field said: what is left out would fall back to a default."""
        fields = msgspec.to_builtins(channel)
        fields.pop("intake")
        path = f"/v1/help_desk/channels/{segment(channel.id)}"
        self._client.call("PUT", path, body=msgspec.json.encode(fields))

    def switch(self, channel_id: str) -> None:
        """Send the channel's new conversations to the help desk from here on."""
        self._client.call("POST", f"/v1/inbox/channels/{segment(channel_id)}/switch", body=b"{}")

    def remove_from_inbox(self, channel_id: str) -> None:
        """Take the channel out of the inbox."""
        self._client.call("DELETE", f"/v1/inbox/channels/{segment(channel_id)}")

    def _find(self, path: str, kind: type[T]) -> T | None:
        got = self._client.call("GET", path, allow=_GONE)
        if got.status in _GONE:
            return None
        return decoded(got.body, kind, "GET", path)
