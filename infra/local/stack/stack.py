"""deskshift's stack in one process: the SAM template that is deployed to AWS, on moto."""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch

import boto3
from moto import mock_aws

from infra.local.stack.asynchronous import AsynchronousInvocations
from infra.local.stack.crashes import Crash, Crashes
from infra.local.stack.deployment import Deployment
from infra.local.stack.environment import isolated_environment
from infra.local.stack.errors import FunctionFailed, NotFinished
from infra.local.stack.invocation import Invoker
from infra.local.stack.loading import importable, load_handler
from infra.local.stack.moto_gaps import (
    cloudformation_types,
    lambda_invocation,
    sqs_deduplication,
    sqs_event_sources,
    states_abort,
    states_clients,
    states_data_limit,
    states_distributed_map,
    states_executions,
    states_parsing,
    states_task_tokens,
)
from infra.local.stack.machine_time import adjusted
from infra.local.stack.polling import QueuePoller
from infra.local.stack.principal import inherited_by_threads
from infra.local.stack.translate import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from moto.sqs.models import Queue

DEFAULT_REGION = "eu-central-1"
CLOSE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.02
MOTO_CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
FINISHED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class LocalStack:
    """A deployed stack. Use it as a context manager; everything is gone at the end."""

    def __init__(self) -> None:
        """Do not call: use `deploy`."""
        self._exit = contextlib.ExitStack()
        self._pollers: list[QueuePoller] = []
        self._crashes = Crashes()

    @classmethod
    def deploy(
        cls,
        template: Path,
        parameters: Mapping[str, str] | None = None,
        *,
        stack_name: str = "deskshift",
        region: str = DEFAULT_REGION,
        visibility_seconds: int | None = None,
    ) -> Self:
        """Translate `template`, deploy it and start to poll its queues."""
        stack = cls()
        try:
            stack._open(template, dict(parameters or {}), stack_name, region, visibility_seconds)  # noqa: SLF001 - own class
        except BaseException:
            stack.close()
            raise
        return stack

    def _open(
        self, template: Path, parameters: dict[str, str], name: str, region: str, visibility_seconds: int | None
    ) -> None:
        enter = self._exit.enter_context
        self._region = region
        enter(isolated_environment(region))
        enter(mock_aws(config=MOTO_CONFIG))
        enter(inherited_by_threads())
        translated = translate(template, parameters)
        enter(cloudformation_types.mend())
        enter(sqs_event_sources.mend())
        enter(sqs_deduplication.mend(self._message_added))
        enter(states_parsing.mend())
        enter(states_executions.mend())
        enter(states_abort.mend(lambda execution: None))
        enter(states_task_tokens.mend())
        enter(states_data_limit.mend())
        enter(states_distributed_map.mend())
        enter(states_clients.mend(states_clients.MachineClients()))
        enter(adjusted(skip_timestamp_waits=True))
        self._deployment = Deployment(translated, parameters, name, region)
        self._functions = self._deployment.functions()
        self.environment = self._functions.environment()
        enter(patch.dict(os.environ, self.environment))
        enter(importable(translated.layers))
        self._invoker = Invoker({function.name: load_handler(function) for function in self._functions})
        self._asynchronous = AsynchronousInvocations(self._functions, self._invoker, self._crashes)
        enter(lambda_invocation.mend(self._functions, self._invoker, self._asynchronous))
        for source in self._deployment.event_sources(self._functions):
            poller = QueuePoller(source, self.client("sqs"), self._invoker, self._crashes, visibility_seconds)
            self._pollers.append(poller)
            poller.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for poller in self._pollers:
            poller.close()
        self._exit.close()

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=self._region)

    def physical_id(self, logical_id: str) -> str:
        return self._deployment.physical_id(logical_id)

    def arn(self, logical_id: str) -> str:
        return self._deployment.arn(logical_id)

    def invoke(self, function: str, event: object) -> Any:
        target = self._functions.named(function)
        outcome = self._invoker.invoke(target, json.dumps(event).encode())
        payload = json.loads(outcome.payload)
        if outcome.error_type is not None:
            raise FunctionFailed(target.name, payload["errorType"], payload["errorMessage"])
        return payload

    def send(self, queue: str, body: object, **kw: Any) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        return self.client("sqs").send_message(QueueUrl=self.physical_id(queue), MessageBody=text, **kw)["MessageId"]

    def start_execution(self, machine: str, execution_input: object, *, name: str) -> str:
        return self.client("stepfunctions").start_execution(
            stateMachineArn=self.physical_id(machine), input=json.dumps(execution_input), name=name
        )["executionArn"]

    def execution(self, arn: str) -> Any:
        return self.client("stepfunctions").describe_execution(executionArn=arn)

    def wait_for(self, arn: str, timeout: float) -> Any:
        deadline = time.monotonic() + timeout
        while True:
            execution = self.execution(arn)
            if execution["status"] in FINISHED:
                return execution
            if time.monotonic() > deadline:
                raise NotFinished(arn, timeout, execution["status"])
            time.sleep(LOOK_EVERY_SECONDS)

    @property
    def crashes(self) -> list[Crash]:
        return self._crashes.all()

    def _message_added(self, queue: Queue) -> None:
        for poller in self._pollers:
            if poller.source.queue is queue:
                poller.look()
