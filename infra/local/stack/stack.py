"""deskshift's stack in one process: the SAM template that is deployed to AWS, on moto."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from infra.local.stack.assembly import Options, Parts
from infra.local.stack.errors import FunctionFailed, NotFinished
from infra.local.stack.schedules import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from infra.local.stack.crashes import Crash

DEFAULT_REGION = "eu-central-1"
CLOSE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.02
NOT_THE_PRODUCTS = ("logs:", "xray:")  # actions that AWS itself needs in a role


@dataclass(frozen=True)
class QueueMessage:
    """A message as it lies in a queue; `attributes` are its message attributes (name -> string value)."""

    message_id: str
    body: str
    attributes: Mapping[str, str]
    group_id: str | None
    deduplication_id: str | None
    receive_count: int


class LocalStack:
    """A deployed stack. Use it as a context manager; everything is gone at its end."""

    def __init__(self, options: Options) -> None:
        """Open the stack; `deploy` is the way to call this."""
        self._exits = contextlib.ExitStack()
        self._making = threading.Lock()
        self._clients: dict[str, Any] = {}
        try:
            self._parts = Parts(options, self._exits)
        except BaseException:
            self._exits.close()
            raise

    @classmethod
    def deploy(  # noqa: PLR0913 - each is one choice, all but the first have a default
        cls,
        template: Path,
        parameters: Mapping[str, str] | None = None,
        *,
        stack_name: str = "deskshift",
        region: str = DEFAULT_REGION,
        enforce_policies: bool = True,
        visibility_seconds: int | None = None,
        skip_timestamp_waits: bool = True,
        dynamodb_url: str | None = None,
    ) -> Self:
        """Translate the SAM template, deploy it, and serve it until closed.

        Another stack, of another name, may be opened in the same process while this one has nothing to do; this one
        rests until that is closed.

        Args:
            template: the SAM template's file; relative paths in it are resolved from its folder.
            parameters: the template's parameters; those left out have the template's defaults.
            stack_name: CloudFormation's name for it.
            region: AWS region.
            enforce_policies: refuse AWS calls of functions and machines that their roles do not allow.
            visibility_seconds: when messages whose processing failed come back, instead of their queue's attribute.
            skip_timestamp_waits: let a machine's Wait for a timestamp end at once.
            dynamodb_url: a DynamoDB server for the tables, instead of moto's.

        Raises:
            LocalStackError: the template cannot be deployed; its subclasses say why.
        """
        given = dict(parameters or {})
        choices = (enforce_policies, visibility_seconds, skip_timestamp_waits, dynamodb_url)
        return cls(Options(template, given, stack_name, region, *choices))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything: executions are aborted, functions that still run may make no more AWS calls."""
        self._stop()
        self._exits.close()

    def _stop(self) -> None:
        for poller in self._parts.pollers:
            poller.close()
        self._parts.enforcement.close()
        self._parts.executions.stop_all()
        self._parts.invoker.wait_until_idle(CLOSE_SECONDS)

    # --- What there is ---

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of all functions."""
        return dict(self._parts.environment)

    @property
    def name(self) -> str:
        """CloudFormation's name of the stack; secrets of connections are named below it."""
        return self._parts.options.stack_name

    @property
    def region(self) -> str:
        """The AWS region that the stack is in."""
        return self._parts.options.region

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return self._parts.deployment.outputs()

    @property
    def http_url(self) -> str:
        """Where the HTTP API is served: `http://127.0.0.1:<port>`."""
        return self._parts.api.url

    @property
    def function_names(self) -> list[str]:
        """Every function of the template, by its folder's name."""
        return sorted(function.name for function in self._parts.functions)

    def physical_id(self, logical_id: str) -> str:
        """What Ref gives: a table's or function's name, a queue's URL, a machine's ARN. Raises UnknownName."""
        return self._parts.deployment.physical_id(logical_id)

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource. Raises UnknownName."""
        return self._parts.deployment.arn(logical_id)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """The boto3 client on this stack, e.g. `client("dynamodb")`; what it does is nobody's role's business."""
        with self._making:
            if service not in self._clients:
                make = cast("Callable[..., Any]", boto3.client)
                self._clients[service] = make(service, region_name=self._parts.options.region)
            return self._clients[service]

    # --- What one can do ---

    def invoke(self, function: str, event: object) -> Any:  # noqa: ANN401 - whatever the function returns, as JSON
        """Invoke a function synchronously, by its folder's name or logical id.

        Raises:
            FunctionFailed: it raised.
            UnknownName: there is no such function.
        """
        target = self._parts.functions.named(function)
        outcome = self._parts.invoker.invoke(target, json.dumps(event).encode())
        payload = json.loads(outcome.payload)
        if outcome.error_type is not None:
            raise FunctionFailed(target.name, payload["errorType"], payload["errorMessage"])
        return payload

    @contextlib.contextmanager
    def time_left(self, function: str, seconds: float | Callable[[], float]) -> Iterator[None]:
        """Let the function's invocations inside the block see so many seconds left; a callable says it each time."""
        target = self._parts.functions.named(function)
        self._parts.invoker.set_time_left(target, seconds if callable(seconds) else lambda: seconds)
        try:
            yield
        finally:
            self._parts.invoker.set_time_left(target, None)

    def send(
        self,
        queue: str,
        body: object,
        *,
        group_id: str | None = None,
        dedup_id: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Send a message, a str as it is and anything else as JSON; returns its id. Raises botocore's ClientError."""
        given = {"MessageGroupId": group_id, "MessageDeduplicationId": dedup_id}
        sent = self.client("sqs").send_message(
            QueueUrl=self.physical_id(queue),
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
            },
            **{name: value for name, value in given.items() if value is not None},
        )
        return str(sent["MessageId"])

    def queue_messages(self, queue: str) -> list[QueueMessage]:
        """All messages in the queue, oldest first, without receiving them."""
        name = self.physical_id(queue).rsplit("/", 1)[-1]
        held = sqs_backends[DEFAULT_ACCOUNT_ID][self._parts.options.region].queues[name]
        return [
            QueueMessage(
                message.id,
                message.body,
                {key: str(value.get("StringValue")) for key, value in message.message_attributes.items()},
                message.group_id,
                message.deduplication_id,
                message.approximate_receive_count,
            )
            for message in list(held._messages)  # noqa: SLF001 - receiving them would change them
        ]

    def start_execution(self, machine: str, execution_input: object, *, name: str | None = None) -> str:
        """Start an execution, as from the console; returns its ARN. Raises botocore's ClientError."""
        named = {} if name is None else {"name": name}
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.physical_id(machine), input=json.dumps(execution_input), **named
        )
        return str(started["executionArn"])

    def execution(self, arn: str) -> DescribeExecutionOutputTypeDef:
        """What DescribeExecution says."""
        return cast("DescribeExecutionOutputTypeDef", self.client("stepfunctions").describe_execution(executionArn=arn))

    def executions(self, machine: str) -> list[str]:
        """ARNs of the machine's executions, oldest first."""
        listed = self.client("stepfunctions").list_executions(
            stateMachineArn=self.physical_id(machine), maxResults=1000
        )
        return [str(execution["executionArn"]) for execution in reversed(listed["executions"])]

    def wait_for(self, arn: str, timeout: float) -> DescribeExecutionOutputTypeDef:
        """Wait at most `timeout` seconds for the end of an execution and describe it. Raises NotFinished."""
        self._parts.executions.wait_for(arn, timeout)
        return self.execution(arn)

    def stop_execution(self, arn: str, error: str = "", cause: str = "") -> None:
        """Abort an execution."""
        self.client("stepfunctions").stop_execution(executionArn=arn, error=error, cause=cause)

    def fire_schedule(self, function: str) -> int:
        """Deliver a scheduled event to a function for each of its schedules; says how many. It runs asynchronously."""
        return self._parts.events.fire_schedule(self._parts.functions.named(function).arn)

    @property
    def schedules(self) -> dict[str, int]:
        """Function -> seconds between two of its scheduled events."""
        return {
            self._parts.functions.named(arn).name: seconds_of(expression)
            for arn, expression in self._parts.events.schedules().items()
        }

    def update(self) -> list[str]:
        """Deploy the template and the code again as they are now; gives the names of what changed.

        As in AWS, invocations that run end with the code, and executions with the definition, that they began with. A
        module that running code imports only later comes in its new version.

        Raises:
            UpdateRefused: a table, queue, role or the like changed, which is not carried out locally.
            TemplateError: the template cannot be deployed.
        """
        return self._parts.update()

    def delete(self) -> dict[str, str]:
        """Delete the stack as CloudFormation does; gives logical id -> name of what stays with its data.

        Running executions are aborted first; AWS lets them come to their next transition.
        """
        self._stop()
        return self._parts.deployment.delete()

    def drain(self, timeout: float) -> None:
        """Wait until served queues are empty, executions ended and events delivered.

        Raises:
            NotFinished: after `timeout` seconds; says what is left.
        """
        deadline = time.monotonic() + timeout
        quiet = 0
        while quiet < 2:  # noqa: PLR2004 - work may be between two of these for a moment
            left = self._left()
            quiet = 0 if left else quiet + 1
            if left and time.monotonic() > deadline:
                raise NotFinished("the stack's work", timeout, "; ".join(left))
            time.sleep(LOOK_EVERY_SECONDS)

    def _left(self) -> list[str]:
        parts = self._parts
        left = [
            f"{poller.waiting} messages in {poller.source.queue.name}" for poller in parts.pollers if poller.waiting
        ]
        left += [f"{arn} runs" for arn in parts.executions.open]
        left += [f"{parts.asynchronous.pending} events"] if parts.asynchronous.pending else []
        left += [f"{parts.invoker.running} functions run"] if parts.invoker.running else []
        return left

    # --- What happened ---

    @property
    def calls(self) -> dict[str, set[tuple[str, str]]]:
        """Function (or machine, by logical id) -> the (IAM action, resource ARN) of every AWS call that it made."""
        return self._parts.enforcement.calls

    @property
    def allowed(self) -> dict[str, set[tuple[str, str]]]:
        """Function (or machine) -> the (IAM action, resource pattern) that its role allows, without logs and traces."""
        roles = {function.role: function.name for function in self._parts.functions} | self._parts.machines
        policies = self._parts.deployment.role_policies(set(roles))
        return {
            name: {allowed for allowed in policies[role].allowed() if not allowed[0].startswith(NOT_THE_PRODUCTS)}
            for role, name in roles.items()
        }

    @property
    def crashes(self) -> list[Crash]:
        """Errors that escaped functions which queues or events invoked, oldest first."""
        return self._parts.crashes.all()

    @property
    def invocations(self) -> dict[str, int]:
        """Function -> how often it was invoked, by whomever."""
        return self._parts.invoker.counts

    def logs(self, function: str) -> str:
        """What the function printed so far: its log records and metrics."""
        return self._parts.logs.of(self._parts.functions.named(function).name)
