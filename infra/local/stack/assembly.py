"""Puts a local stack together: environment, moto and its mended gaps, the deployment, and the parts that serve it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from infra.local.stack import dynamodb_server, machine_time
from infra.local.stack.asynchronous import AsynchronousInvocations
from infra.local.stack.boto3_threads import one_at_a_time
from infra.local.stack.calls import Lookups
from infra.local.stack.crashes import Crashes
from infra.local.stack.deployment import Deployment
from infra.local.stack.enforcement import Enforcement
from infra.local.stack.environment import isolated_environment
from infra.local.stack.events import EventBridge, Rule
from infra.local.stack.executions import Executions
from infra.local.stack.function_output import FunctionLogs, kept
from infra.local.stack.http_api import HttpApi, routes_of
from infra.local.stack.invocation import Invoker
from infra.local.stack.loading import importable, load_handler, loaded_anew, loaded_packages, modules_put_back
from infra.local.stack.moto_gaps import (
    cloudformation_outputs,
    cloudformation_types,
    dynamodb_transactions,
    lambda_invocation,
    lambda_updates,
    service_locks,
    sqs_deduplication,
    sqs_event_sources,
    sqs_messages,
    states_abort,
    states_clients,
    states_data_limit,
    states_distributed_map,
    states_executions,
    states_item_reader,
    states_parsing,
    states_task_tokens,
)
from infra.local.stack.policies import Call
from infra.local.stack.polling import QueuePoller
from infra.local.stack.principal import Principal, inherited_by_threads
from infra.local.stack.translate import translate

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Mapping
    from pathlib import Path

    from moto.sqs.models import Queue

MOTO_CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
MAP_START = "states:StartExecution"


@dataclass(frozen=True)
class Options:
    """How to deploy; see LocalStack.deploy."""

    template: Path
    parameters: Mapping[str, str]
    stack_name: str
    region: str
    enforce_policies: bool
    visibility_seconds: int | None
    skip_timestamp_waits: bool
    dynamodb_url: str | None


class Parts:
    """The parts of an open stack. What must be undone at the end is pushed on `exits`."""

    def __init__(self, options: Options, exits: contextlib.ExitStack) -> None:
        self.options = options
        self.crashes = Crashes()
        self.logs = FunctionLogs()
        self.executions = Executions()
        self.pollers: list[QueuePoller] = []
        self._clients = states_clients.MachineClients()
        enter = exits.enter_context
        logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it complains of metrics that it did not send home
        enter(isolated_environment(options.region))
        if options.dynamodb_url is not None:
            enter(dynamodb_server.calls_sent_to(options.dynamodb_url))
        enter(mock_aws(config=MOTO_CONFIG))
        enter(inherited_by_threads())
        enter(one_at_a_time())
        self._mend(exits)
        translated = translate(options.template, options.parameters)
        self.deployment = Deployment(translated, options.parameters, options.stack_name, options.region)
        if options.dynamodb_url is not None:
            enter(dynamodb_server.tables_taken_over(options.region))
        self.functions = self.deployment.functions()
        self.environment = self.functions.environment()
        enter(patch.dict(os.environ, self.environment))
        enter(importable(translated.layers))
        enter(kept(self.logs))
        self.machines = self._machine_roles()
        self.enforcement = self._enforcement()
        enter(self.enforcement.active())
        enter(modules_put_back())
        self.invoker = Invoker({function.name: load_handler(function) for function in self.functions})
        self._packages = loaded_packages(translated.layers)
        self.asynchronous = AsynchronousInvocations(self.functions, self.invoker, self.crashes)
        enter(lambda_invocation.mend(self.functions, self.invoker, self.asynchronous))
        exits.callback(self.asynchronous.close)
        self._serve(exits)

    def update(self) -> list[str]:
        """Deploy again what changed since; see LocalStack.update."""
        translated = translate(self.options.template, self.options.parameters)
        before = self.deployment.translated
        changed = self.deployment.update(translated)
        packages = loaded_packages(translated.layers)
        fresh = [name for name, found in packages.items() if self._packages.get(name, found) != found]
        functions = [
            function
            for function in self.functions
            if fresh or before.digests[function.logical_id] != translated.digests[function.logical_id]
        ]
        self.invoker.replace(loaded_anew(functions, fresh))
        self._packages = packages
        return [*changed, *(f"package {name}" for name in fresh)]

    def _mend(self, exits: contextlib.ExitStack) -> None:
        for mended in (
            service_locks.mend(),
            cloudformation_types.mend(),
            lambda_updates.mend(),
            dynamodb_transactions.mend(),
            sqs_event_sources.mend(),
            sqs_messages.mend(),
            sqs_deduplication.mend(self._message_added),
            states_parsing.mend(),
            states_executions.mend(self.executions.started),
            states_abort.mend(self.executions.ended),
            states_task_tokens.mend(),
            states_data_limit.mend(),
            states_distributed_map.mend(self._authorize_children),
            states_item_reader.mend(),
            states_clients.mend(self._clients),
            machine_time.adjusted(skip_timestamp_waits=self.options.skip_timestamp_waits),
        ):
            exits.enter_context(mended)

    def _serve(self, exits: contextlib.ExitStack) -> None:
        rules = self.deployment.properties("AWS::Events::Rule")
        self.events = EventBridge(
            [Rule.from_properties(name, properties) for name, properties in rules.items()],
            self.options.region,
            DEFAULT_ACCOUNT_ID,
            self.asynchronous.invoke,
        )
        self.executions.on_end.append(self.events.execution_ended)
        apis = self.deployment.translated.resources("AWS::ApiGatewayV2::Api")
        self.api = exits.enter_context(HttpApi(routes_of(apis, self.functions), self.invoker))
        served = [self.deployment.physical_id(name) for name in apis]
        exits.enter_context(cloudformation_outputs.mend(served, self.options.region, self.api.url))
        client = boto3.client("sqs", region_name=self.options.region)
        for source in self.deployment.event_sources(self.functions):
            poller = QueuePoller(source, client, self.invoker, self.crashes, self.options.visibility_seconds)
            self.pollers.append(poller)
            poller.start()
            exits.callback(poller.close)

    def _machine_roles(self) -> dict[str, str]:
        """Role name -> logical id of the machine that has it."""
        machines = self.deployment.properties("AWS::StepFunctions::StateMachine")
        return {properties["RoleArn"].rsplit("/", 1)[-1]: name for name, properties in machines.items()}

    def _enforcement(self) -> Enforcement:
        roles = {function.role for function in self.functions} | set(self.machines)
        return Enforcement(
            self.deployment.role_policies(roles),
            self.machines,
            self._clients,
            Lookups(self.options.region, DEFAULT_ACCOUNT_ID, self._secret_arn, self._machine_of_token),
            deny=self.options.enforce_policies,
        )

    def _secret_arn(self, secret_id: str) -> str:
        for secret in secretsmanager_backends[DEFAULT_ACCOUNT_ID][self.options.region].secrets.values():
            if secret_id in {secret.arn, secret.name}:
                return str(secret.arn)
        return secret_id  # the service will say that there is none

    def _machine_of_token(self, token: str) -> str:
        backend = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][self.options.region]
        execution = states_task_tokens.owner_of_token(backend, token)
        if execution is not None:
            return str(execution.state_machine_arn)
        return next((str(machine.arn) for machine in backend.state_machines), "*")

    def _authorize_children(self, role_arn: str, machine_arn: str) -> None:
        role = role_arn.rsplit("/", 1)[-1]
        if role not in self.machines:
            return  # of another stack that is open in this process
        principal = Principal(self.machines[role], role)
        self.enforcement.require(principal, Call(MAP_START, machine_arn), "stepfunctions", "StartExecution")

    def _message_added(self, queue: Queue) -> None:
        for poller in self.pollers:
            if poller.source.queue is queue:
                poller.look()
