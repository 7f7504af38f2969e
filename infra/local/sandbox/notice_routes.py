"""Operations of the contract on notices and webhooks: banner, notifications, messages to agents, subscriptions."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import ContractError, invalid, not_found
from infra.local.sandbox.paging import required
from infra.local.sandbox.webhooks import Subscription


class _Banner(Struct):
    channel_id: str
    move_id: str
    text: str


class _Message(Struct):
    agent_id: str
    subject: str
    body: str


class _SubscriptionBody(Struct):
    url: str
    channel_id: str


def _banner(call: Call) -> Answer:
    if call.account.banner is None:
        raise not_found("banner")
    return json_answer(call.account.banner)


def _put_banner(call: Call) -> Answer:
    body = call.json(_Banner)
    call.account.banner = {"channel_id": body.channel_id, "move_id": body.move_id, "text": body.text}
    return json_answer(call.account.banner)


def _delete_banner(call: Call) -> Answer:
    banner = call.account.banner
    if banner is not None and banner["move_id"] == required(call.query, "move_id"):
        call.account.banner = None
    return Answer(204)


def _notifications(call: Call) -> Answer:
    return json_answer(call.account.notifications)


def _put_notifications(call: Call) -> Answer:
    call.account.notifications = call.json(dict[str, bool])
    return json_answer(call.account.notifications)


def _put_message(call: Call) -> Answer:
    """Send a message once for its id."""
    body, identifier = call.json(_Message), call.path["id"]
    if body.agent_id not in call.account.agents:
        raise not_found("agent")
    message = {"id": identifier, "agent_id": body.agent_id, "subject": body.subject, "body": body.body}
    known = call.account.messages.setdefault(identifier, message)
    if known != message:
        raise ContractError(409, "message_differs", "Another message was sent under this id.", field="id")
    if known is message:
        call.account.notify_agent(body.agent_id, None, "message")
    return json_answer(message)


def _put_subscription(call: Call) -> Answer:
    body = call.json(_SubscriptionBody)
    if urlsplit(body.url).scheme not in {"http", "https"} or not urlsplit(body.url).netloc:
        raise invalid("url", "url must be an http or https address.")
    subscription = Subscription(call.path["id"], body.url, body.channel_id)
    call.account.webhooks.subscriptions[subscription.id] = subscription
    return json_answer(subscription)


def _delete_subscription(call: Call) -> Answer:
    call.account.webhooks.subscriptions.pop(call.path["id"], None)
    return Answer(204)


OPERATIONS = (
    Operation("GET", "/v1/notices/banner", "notices.write", _banner),
    Operation("PUT", "/v1/notices/banner", "notices.write", _put_banner),
    Operation("DELETE", "/v1/notices/banner", "notices.write", _delete_banner),
    Operation("GET", "/v1/notices/notifications", "notices.write", _notifications),
    Operation("PUT", "/v1/notices/notifications", "notices.write", _put_notifications),
    Operation("PUT", "/v1/notices/messages/{id}", "notices.write", _put_message),
    Operation("PUT", "/v1/webhooks/{id}", "webhooks.write", _put_subscription),
    Operation("DELETE", "/v1/webhooks/{id}", "webhooks.write", _delete_subscription),
)
