"""A billing merge on a stack, as an operator and a queue do it: preview, approve, merge, look."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec

from deskshift.model.billing import Billing
from infra.local.clock import set_to
from infra.local.stack import LocalStack
from tests.support import exports
from tests.support.billing import account as billing_account
from tests.support.billing import invoice, paid
from tests.support.moves import LONG, Account, Json, until

QUEUE, DEAD_LETTERS = "BillingMergesQueue", "BillingMergesDeadLetterQueue"
AFTER, BEFORE = "2022-12-01", "2022-11-15"
"""An upgrade after the deadline of the tests' policy, and on it."""
BILL = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
PAID = billing_account("chat", invoices=(BILL,), payments=(paid(BILL, 7380),))
SUPPORT = billing_account("support", "600")


def export_of(billing: Billing) -> Json:
    """Make an account export that has this billing and little else."""
    form: Any = msgspec.to_builtins(billing)
    made = {name: form[name] for name in ("shared_account_id", "accounts", "prices", "contracts")}
    account = exports.new_account_id("billing")
    export = exports.export(account, channels=[exports.channel("chat")], billing=made)
    export["account"]["time_zone"] = billing.time_zone
    export["account"]["locale"] = billing.locale
    return export


class Merging:
    """One account's merge."""

    def __init__(self, account: Account, **asked: object) -> None:
        self.account = account
        self.asked: Json = {"request_id": "request-1", "account_id": account.id, "requested_by": "admin", **asked}

    def preview(self, **asked: object) -> Json:
        """Ask for a preview."""
        answer: Json = self.account.stack.invoke("preview_billing", {**self.asked, **asked})
        return answer

    def request(self, preview: Mapping[str, Any], **fields: object) -> Json:
        """Make the body of the message that asks for a preview to be carried out."""
        body = {
            "request_id": "merge-1",
            "account_id": self.account.id,
            "preview_id": preview["preview"]["preview_id"],
            "approved_by": "owner",
            "upgrade_passed": True,
        }
        return {**body, **fields}

    def send(self, body: Mapping[str, object], dedup: str | None = None) -> None:
        """Send a message."""
        self.account.stack.send(QUEUE, dict(body), group_id=self.account.id, dedup_id=dedup)

    def deliver(self, body: Mapping[str, object]) -> None:
        """Hand a message to the function as its queue does, once."""
        record = {
            "messageId": f"delivered-{self.account.id}",
            "receiptHandle": "handle",
            "body": json.dumps(dict(body)),
            "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": self.account.id},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:local:000000000000:billing-merges.fifo",
            "awsRegion": "local",
        }
        self.account.stack.invoke("merge_billing", {"Records": [record]})

    def waited_for(self, preview: Mapping[str, Any], **fields: object) -> Json:
        """Let a machine hand the merge to the queue with its task token, and give the execution's end."""
        stack = self.account.stack
        client: Any = stack.client("stepfunctions")
        message = {**self.request(preview, **fields), "task_token.$": "$$.Task.Token"}
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": stack.physical_id(QUEUE),
                "MessageBody": message,
                "MessageGroupId": self.account.id,
                "MessageDeduplicationId": f"waits-{self.account.id}-{len(fields)}",
            },
            "TimeoutSeconds": 300,
            "End": True,
        }
        machine = client.create_state_machine(
            name=f"{stack.name}-waits-{self.account.id}-{len(fields)}",
            definition=json.dumps({"StartAt": "Merge", "States": {"Merge": task}}),
            roleArn="arn:aws:iam::123456789012:role/waits",
        )["stateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, name=f"waits-{self.account.id}")["executionArn"]
        return dict(stack.wait_for(arn, LONG))

    def merge(self, preview: Mapping[str, Any], **fields: object) -> Json:
        """Send the message, wait for the merge's end, and show it."""
        self.send(self.request(preview, **fields))
        return self.ended(preview)

    def ended(self, preview: Mapping[str, Any]) -> Json:
        """Wait for a merge's end and show it."""
        self.account.stack.drain(LONG)
        shown: list[Json] = []

        def over() -> bool:
            shown.append(self.show(preview["merge_id"]))
            return bool(shown[-1]["status"] != "running")

        until(over, "the merge has ended")
        return shown[-1]

    def show(self, merge_id: str) -> Json:
        """Show a merge."""
        answer: Json = self.account.stack.invoke("show_merge", {"account_id": self.account.id, "merge_id": merge_id})
        return answer

    def billing(self) -> Json:
        """Read the whole billing as the platform has it."""
        state: Json = self.account.sandbox.state(self.account.id)["billing"]
        return state


@contextmanager
def at(text: str) -> Iterator[None]:
    """Let functions take a moment (RFC 3339) for the present one."""
    with set_to(datetime.fromisoformat(text)):
        yield


def ledger_of(stack: LocalStack, account_id: str, preview_id: str) -> list[Json]:
    """Read what the table says became of each line of a preview, in the order of the lines."""
    client: Any = stack.client("dynamodb")
    found = client.query(
        TableName=stack.physical_id("MergesTable"),
        KeyConditionExpression="account_id = :account AND begins_with(#item, :ledger)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={":account": {"S": account_id}, ":ledger": {"S": f"ledger#{preview_id}#"}},
        ConsistentRead=True,
    )
    return [json.loads(item["body"]["S"]) for item in found["Items"]]


def of(shown: Json, product: str) -> Json:
    """Find a product's billing account."""
    found: Json = next(one for one in shown["accounts"] if one["product"] == product)
    return found
