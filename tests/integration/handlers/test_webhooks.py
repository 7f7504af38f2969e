"""receive_webhook: who may send, what is refused, what is queued; signed by the library of Standard Webhooks."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
import urllib3
from standardwebhooks.webhooks import Webhook

from infra.local.accounts import new_webhook_secret
from infra.local.sandbox.webhooks import signatures
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import Hold, queued_bodies
from tests.support.moves import Account, until

Json = dict[str, Any]
LIMIT = 256 * 1024
CANARY = "gehoergang-quittung-siebzehn"


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    conversations = [exports.conversation("c0", "chat")]
    return make_account(exports.export(exports.new_account_id("hooks"), conversations=conversations))


def body_of(conversation_id: str = "c0") -> str:
    data = {"conversation_id": conversation_id, "channel_id": "chat", "kind": "message", "version": 2}
    message = {"id": "m", "text": CANARY, "author": {"kind": "visitor", "id": "v"}}
    return json.dumps({"type": "conversation.changed", "timestamp": "x", "data": {**data, "message": message}})


def signed(
    account: Account, body: str, *, delivery: str = "msg_1", secret: str | None = None, shift: float = 0
) -> dict[str, str]:
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=shift)
    signature = Webhook(secret or account.webhook_secret).sign(delivery, now, body)
    return {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def post(account: Account, body: str | bytes, headers: dict[str, str], path: str | None = None) -> tuple[int, Json]:
    url = account.connection.webhook_url if path is None else f"{account.stack.http_url}/webhooks/{path}"
    answer = urllib3.request("POST", url, body=body, headers=headers, retries=False)
    return answer.status, answer.json()


def queued(account: Account) -> int:
    """How many messages of this account have been queued: every one reads the connection record once when handled."""
    account.stack.drain(30)
    return account.stack.invocations.get("capture_changes", 0)


def delivery_known(account: Account, delivery: str) -> bool:
    answer = account.stack.client("dynamodb").get_item(
        TableName=account.stack.physical_id("DeliveriesTable"), Key={"delivery": {"S": f"{account.id}#{delivery}"}}
    )
    return "Item" in answer


def refused(account: Account, body: str | bytes, headers: dict[str, str], status: int, code: str) -> str:
    before = queued(account)
    got, answer = post(account, body, headers)
    assert (got, answer["code"]) == (status, code)
    assert queued(account) == before
    assert not delivery_known(account, "msg_1")
    assert CANARY not in json.dumps(answer)
    return str(answer["message"])


def test_a_signed_delivery_is_queued_once_and_a_known_one_has_no_effect(account: Account) -> None:
    body = body_of()
    before = queued(account)
    assert post(account, body, signed(account, body)) == (200, {"code": "queued", "message": ""})
    assert queued(account) == before + 1
    assert delivery_known(account, "msg_1")
    assert post(account, body, signed(account, body)) == (200, {"code": "known", "message": ""})
    assert post(account, body, signed(account, body, shift=-10)) == (200, {"code": "known", "message": ""})
    assert queued(account) == before + 1
    assert post(account, body, signed(account, body, delivery="msg_2"))[1]["code"] == "queued"
    assert queued(account) == before + 2


def test_a_delivery_makes_a_running_move_read_the_conversation_again_at_once(account: Account) -> None:
    hold = Hold()
    account.sandbox.set_options(account.id, webhook_secrets=[new_webhook_secret()])
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "message", conversation_id="c0", text="quick")
        imports = len([c for c in account.sandbox.calls(account.id) if c["path"] == "/v1/help_desk/imports"])
        assert post(account, body_of(), signed(account, body_of()))[0] == 200
        until(
            lambda: (
                len([c for c in account.sandbox.calls(account.id) if c["path"] == "/v1/help_desk/imports"]) > imports
            ),
            "the change is copied while the move stands still",
        )
    assert account.report(move)["status"] == "done"


def test_a_secret_that_is_being_rotated_still_counts_until_it_is_gone(account: Account) -> None:
    body, old, new = body_of(), account.webhook_secret, new_webhook_secret()
    vault = account.stack.client("secretsmanager")

    def rotate(until: dt.datetime | None) -> None:
        previous = {} if until is None else {"previous": old, "previous_until": until.isoformat()}
        text = json.dumps({"current": new, **previous})
        vault.put_secret_value(SecretId=account.connection.webhook_secret_arn, SecretString=text)

    now = dt.datetime.now(dt.UTC)
    rotate(now + dt.timedelta(hours=1))
    assert post(account, body, signed(account, body, secret=old, delivery="by-old"))[0] == 200
    assert post(account, body, signed(account, body, secret=new, delivery="by-new"))[0] == 200
    for gone in (now - dt.timedelta(seconds=1), None):
        rotate(gone)
        refused(account, body, signed(account, body, secret=old), 401, "signature_invalid")
    both = signed(account, body, secret=old)
    both["webhook-signature"] += " " + signed(account, body, secret=new)["webhook-signature"]
    assert post(account, body, both)[0] == 200


@pytest.mark.parametrize("shift", [-301, -3600, -10_000_000, 303, 3600])
def test_a_time_more_than_five_minutes_off_is_refused(account: Account, shift: int) -> None:
    body = body_of()
    message = refused(account, body, signed(account, body, shift=shift), 401, "timestamp_stale")
    assert message == "the delivery's time is more than 300 seconds off"


@pytest.mark.parametrize("shift", [-290, 290])
def test_a_time_within_five_minutes_is_taken(account: Account, shift: int) -> None:
    body = body_of()
    assert post(account, body, signed(account, body, shift=shift))[0] == 200


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(account: Account, name: str) -> None:
    body = body_of()
    headers = {key: value for key, value in signed(account, body).items() if key != name}
    refused(account, body, headers, 401, "signature_invalid")


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "1e9"},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2,AAAA v1a,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,\u00e4\u00f6"},
    ],
    ids=lambda changed: str(changed)[:40].encode("unicode_escape").decode(),
)
def test_a_changed_header_is_refused(account: Account, changed: dict[str, str]) -> None:
    body = body_of()
    refused(account, body, {**signed(account, body), **changed}, 401, "signature_invalid")


def test_a_changed_body_is_refused(account: Account) -> None:
    refused(account, body_of("c1"), signed(account, body_of()), 401, "signature_invalid")


def test_an_unknown_path_is_not_found(account: Account) -> None:
    body = body_of()
    status, answer = post(account, body, signed(account, body), path="0" * 32)
    assert (status, answer["code"]) == (404, "unknown_path")


def test_another_accounts_signature_does_not_open_this_ones_path(account: Account, make_account: MakeAccount) -> None:
    other = make_account(exports.export(exports.new_account_id("hooks-other")))
    refused(account, body_of(), signed(other, body_of()), 401, "signature_invalid")
    body = body_of()
    assert post(other, body, signed(other, body))[0] == 200
    assert not delivery_known(account, "msg_1")


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream"])
def test_a_body_over_256_kib_is_refused_before_it_is_read_plain_and_as_base64(
    account: Account, content_type: str
) -> None:
    body = body_of().ljust(LIMIT)
    larger = body + " "
    headers = {**signed(account, larger), "content-type": content_type}
    refused(account, larger, headers, 413, "too_large")
    exact = {**signed(account, body), "content-type": content_type}
    assert post(account, body, exact) == (200, {"code": "queued", "message": ""})


def test_characters_count_as_the_bytes_they_take(account: Account) -> None:
    larger = body_of().ljust(LIMIT - 1) + "\u2003"
    headers = signed(account, larger)
    refused(account, larger.encode(), headers, 413, "too_large")


def event(account: Account, body: str, headers: dict[str, str], *, is_base64: bool) -> Json:
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/{webhook_path}",
        "headers": headers,
        "pathParameters": {"webhook_path": account.connection.webhook_path},
        "requestContext": {"http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": is_base64,
    }


def test_a_body_as_base64_is_taken_like_a_plain_one(account: Account) -> None:
    body = body_of()
    encoded = base64.b64encode(body.encode()).decode()
    given = event(account, encoded, signed(account, body), is_base64=True)
    answer = account.stack.invoke("receive_webhook", given)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (200, "queued")


@pytest.mark.parametrize("body", ["not base64!", "AAA", "AAAA\n", "ä"])
def test_a_body_that_is_not_the_base64_it_says_is_refused(account: Account, body: str) -> None:
    given = event(account, body, signed(account, body), is_base64=True)
    answer = account.stack.invoke("receive_webhook", given)
    assert answer["statusCode"] in {400, 401}
    assert json.loads(answer["body"])["code"] in {"invalid_body", "signature_invalid"}
    assert not delivery_known(account, "msg_1")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "body: found text that is not JSON"),
        ("{", "body: found text that is not JSON"),
        ("[]", "data: found"),
        ("7", "data: found"),
        ("{}", "data: found"),
        ('{"data": []}', "data: found"),
        ('{"data": {}}', "conversation_id: found nothing"),
        ('{"data": {"conversation_id": 7}}', "conversation_id: found int 7"),
        ('{"data": {"conversation_id": "a b"}}', "conversation_id: found str"),
        ('{"data": {"conversation_id": "%s"}}' % ("x" * 129), "conversation_id: found str"),
        ("[" * 100_000, ""),
        ('{"data": %s}' % ("1" * 5000), ""),
    ],
    ids=lambda value: value[:30],
)
def test_a_signed_body_that_says_nothing_is_refused_with_the_field(account: Account, body: str, reason: str) -> None:
    message = refused(account, body, signed(account, body), 400, "invalid_field")
    assert message.startswith(reason)


def test_bytes_that_are_no_text_are_refused(account: Account) -> None:
    raw, now = b"\xff\xfe{}", int(dt.datetime.now(dt.UTC).timestamp())
    headers = {
        "content-type": "application/octet-stream",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signatures("msg_1", now, raw, [account.webhook_secret]),
    }
    refused(account, raw, headers, 400, "invalid_body")


def test_only_ids_reach_the_queue(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = queued_bodies(monkeypatch)
    body = body_of()
    assert post(account, body, signed(account, body))[0] == 200
    queue = account.stack.physical_id("ChangesQueue").rsplit("/", 1)[-1]
    assert [name for name, _ in sent] == [queue]
    assert json.loads(sent[0][1]) == {
        "account_id": account.id,
        "conversation_id": "c0",
        "correlation_id": "msg_1",
        "schema": 1,
    }
    account.stack.drain(30)
    assert CANARY not in account.stack.logs("receive_webhook") + account.stack.logs("capture_changes")
