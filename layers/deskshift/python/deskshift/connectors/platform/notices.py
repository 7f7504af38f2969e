"""Banner, notifications and webhooks by the platform contract."""

from http import HTTPStatus

import msgspec

from deskshift.connectors.http import VendorClient, segment


class PlatformNotices:
    """Fits `ports.Notices`."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    def put_banner(self, channel_id: str, move_id: str, text: str) -> None:
        """Show a banner in the inbox and its settings."""
        body = {"channel_id": channel_id, "move_id": move_id, "text": text}
        self._client.json("PUT", "/v1/notices/banner", object, body=body)

    def remove_banner(self, move_id: str) -> None:
        """Take this move's banner away; another move's stays."""
        self._client.call("DELETE", "/v1/notices/banner", query={"move_id": move_id})

    def send(self, message_id: str, agent_id: str, subject: str, body: str) -> None:
        """Write to an agent, once for the id; what was sent under it before stays, whatever its words were."""
        message = msgspec.json.encode({"agent_id": agent_id, "subject": subject, "body": body})
        path = f"/v1/notices/messages/{segment(message_id)}"
        self._client.call("PUT", path, body=message, allow=frozenset({HTTPStatus.CONFLICT}))

    def notifications(self) -> dict[str, bool]:
        """Read the account's notifications."""
        return self._client.json("GET", "/v1/notices/notifications", dict[str, bool])

    def set_notifications(self, notifications: dict[str, bool]) -> None:
        """Replace the account's notifications."""
        self._client.json("PUT", "/v1/notices/notifications", object, body=notifications)

    def subscribe(self, subscription_id: str, url: str, channel_id: str) -> None:
        """Have the channel's changes sent to `url`."""
        body = {"url": url, "channel_id": channel_id}
        self._client.json("PUT", f"/v1/webhooks/{segment(subscription_id)}", object, body=body)

    def unsubscribe(self, subscription_id: str) -> None:
        """End the subscription."""
        self._client.call("DELETE", f"/v1/webhooks/{segment(subscription_id)}")
