import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.stack import LocalStack
from infra.local.stack.errors import NotFinished

from .conftest import FIXTURES, SECONDS, fresh_name

Records = Callable[[], list[dict[str, Any]]]


def bodies(records: Records) -> list[str]:
    return [record["body"] for record in records()]


def test_a_message_reaches_its_function_in_lambdas_shape(fixture_stack: LocalStack, records: Records) -> None:
    message_id = fixture_stack.send(
        "MessagesQueue", {"id": "shape"}, group_id="group", dedup_id="one", attributes={"trace": "t-1"}
    )
    fixture_stack.drain(SECONDS)
    record = next(record for record in records() if record["messageId"] == message_id)
    assert json.loads(record["body"]) == {"id": "shape"}
    assert record["eventSourceARN"] == fixture_stack.arn("MessagesQueue")
    assert (record["eventSource"], record["awsRegion"]) == ("aws:sqs", "eu-central-1")
    assert record["messageAttributes"]["trace"]["stringValue"] == "t-1"
    assert record["attributes"]["MessageGroupId"] == "group"
    assert record["attributes"]["MessageDeduplicationId"] == "one"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"SentTimestamp", "SequenceNumber", "ApproximateFirstReceiveTimestamp"} <= set(record["attributes"])
    assert record["receiptHandle"]


def test_a_batch_fails_in_part(fixture_stack: LocalStack, records: Records) -> None:
    for number in range(40):
        fixture_stack.send("ChangesQueue", f"change {number}" if number else "poison change")
    fixture_stack.drain(SECONDS)
    written = [body for body in bodies(records) if body.startswith("change ")]
    assert sorted(written) == sorted(f"change {number}" for number in range(1, 40))
    dead = fixture_stack.queue_messages("ChangesDeadLetterQueue")
    assert [(message.body, message.receive_count) for message in dead] == [("poison change", 2)]


def test_messages_that_wait_are_delivered_in_batches(fixture_stack: LocalStack) -> None:
    client, url = fixture_stack.client("sqs"), fixture_stack.physical_id("ChangesQueue")
    entries = [{"Id": str(n), "MessageBody": f"batch {n}"} for n in range(10)]
    assert len(client.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    fixture_stack.drain(SECONDS)
    items = fixture_stack.client("dynamodb").scan(TableName=fixture_stack.physical_id("RecordsTable"))["Items"]
    assert any(int(item["batch"]["N"]) > 1 for item in items if item["body"]["S"].startswith("batch "))


def test_a_poison_message_goes_to_the_dead_letters_and_its_followers_through(
    fixture_stack: LocalStack, records: Records
) -> None:
    for body in ("first", "poison", "last"):
        fixture_stack.send("MessagesQueue", f"{body} in line", group_id="line")
    fixture_stack.drain(SECONDS)
    assert [body for body in bodies(records) if body.endswith("in line")] != []
    assert {"first in line", "last in line"} <= set(bodies(records))
    dead = [message.body for message in fixture_stack.queue_messages("MessagesDeadLetterQueue")]
    assert dead.count("poison in line") == 1
    crash = next(crash for crash in fixture_stack.crashes if crash.function == "record_messages")
    assert (crash.error_type, crash.error_message) == ("ValueError", "poison")


def test_a_group_keeps_its_order(fixture_stack: LocalStack, records: Records) -> None:
    for number in range(10):
        fixture_stack.send("MessagesQueue", f"ordered {number}", group_id="ordered")
    fixture_stack.drain(SECONDS)
    sequence = {record["attributes"]["SequenceNumber"]: record for record in records() if "ordered" in record["body"]}
    received = sorted(sequence.values(), key=lambda record: record["attributes"]["ApproximateFirstReceiveTimestamp"])
    assert [record["body"] for record in received] == [f"ordered {number}" for number in range(10)]


def test_a_deleted_message_is_still_a_duplicate(fixture_stack: LocalStack, records: Records) -> None:
    for _ in range(2):
        fixture_stack.send("MessagesQueue", "once only", group_id="g")
        fixture_stack.drain(SECONDS)
    assert bodies(records).count("once only") == 1


def test_two_dead_letters_with_one_deduplication_id_are_both_kept(fixture_stack: LocalStack) -> None:
    queue = "MessagesDeadLetterQueue"
    fixture_stack.send(queue, "poison twice, by the handler", group_id="g", dedup_id="same")
    fixture_stack.send("MessagesQueue", "poison twice", group_id="g", dedup_id="same")
    fixture_stack.drain(SECONDS)
    held = [message.body for message in fixture_stack.queue_messages(queue) if "twice" in message.body]
    assert sorted(held) == ["poison twice", "poison twice, by the handler"]


def test_a_failed_message_stays_hidden_as_long_as_its_queue_says() -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as stack:
        stack.send("ChangesQueue", "poison")
        with pytest.raises(NotFinished, match=r"1 messages in .*ChangesQueue"):
            stack.drain(0.3)
        assert stack.invocations == {"record_changes": 1}


@pytest.mark.parametrize("count", [1, 300])
def test_many_senders_lose_nothing(fixture_stack: LocalStack, records: Records, count: int) -> None:
    def send(start: int) -> None:
        for number in range(start, count, 4):
            fixture_stack.send("ChangesQueue", f"sender of {count}: {number}")

    senders = [threading.Thread(target=send, args=(start,)) for start in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    fixture_stack.drain(SECONDS)
    expected = sorted(f"sender of {count}: {number}" for number in range(count))
    assert sorted(body for body in bodies(records) if body.startswith(f"sender of {count}:")) == expected


@pytest.mark.parametrize(
    ("queue", "body", "ids", "code"),
    [
        ("ChangesQueue", "nul \x00", {}, "InvalidMessageContents"),
        ("ChangesQueue", "not a character \ufffe", {}, "InvalidMessageContents"),
        ("ChangesQueue", "", {}, "MissingParameter"),
        ("ChangesQueue", "ä" * (512 * 1024 + 1), {}, "InvalidParameterValue"),
        ("ChangesQueue", "a", {"dedup_id": "a"}, "InvalidParameterValue"),
        ("MessagesQueue", "a", {}, "MissingParameter"),
        ("MessagesQueue", "a", {"group_id": "with space"}, "InvalidParameterValue"),
        ("MessagesQueue", "a", {"group_id": "ü"}, "InvalidParameterValue"),
        ("MessagesQueue", "a", {"group_id": "x" * 129}, "InvalidParameterValue"),
        ("MessagesQueue", "a", {"group_id": ""}, "InvalidParameterValue"),
        ("MessagesQueue", "a", {"group_id": "g", "dedup_id": "with\nline"}, "InvalidParameterValue"),
        ("MessagesDeadLetterQueue", "a", {"group_id": "g"}, "InvalidParameterValue"),
    ],
)
def test_what_sqs_refuses(fixture_stack: LocalStack, queue: str, body: str, ids: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.send(queue, body, **ids)  # type: ignore[arg-type] # ids are the named arguments
    assert error.value.response["Error"]["Code"] == code


def test_every_allowed_character_passes(fixture_stack: LocalStack, records: Records) -> None:
    body = "allowed \t\n\r \u00e4 \ud7ff \ue000 \ufffd \U0001f600 \u202e"
    fixture_stack.send("MessagesQueue", body, group_id="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~aZ9", dedup_id="characters")
    fixture_stack.drain(SECONDS)
    assert body in bodies(records)


def test_a_bad_entry_fails_alone_in_its_batch(fixture_stack: LocalStack, records: Records) -> None:
    answer = fixture_stack.client("sqs").send_message_batch(
        QueueUrl=fixture_stack.physical_id("ChangesQueue"),
        Entries=[{"Id": "good", "MessageBody": "good entry"}, {"Id": "bad", "MessageBody": "\x01"}],
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "InvalidMessageContents")]
    fixture_stack.drain(SECONDS)
    assert "good entry" in bodies(records)


def test_a_long_poll_does_not_block_senders(fixture_stack: LocalStack) -> None:
    client, url = fixture_stack.client("sqs"), fixture_stack.physical_id("MessagesDeadLetterQueue")
    fixture_stack.client("sqs").purge_queue(QueueUrl=url)
    received: list[Any] = []

    def poll() -> None:
        received.extend(client.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", []))

    waiting = threading.Thread(target=poll)
    waiting.start()
    fixture_stack.send("MessagesDeadLetterQueue", "waited for", group_id="g", dedup_id="waited-for")
    waiting.join(SECONDS)
    assert [message["Body"] for message in received] == ["waited for"]
