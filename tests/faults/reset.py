"""Make the stack's data new without deploying the stack anew: what a run left behind must not meet the next one."""

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from infra.local.stack import LocalStack


def reset(stack: LocalStack) -> None:
    """Empty the tables, the bucket, the queues and the secrets, and forget executions and logs.

    Nothing may run: call it after `stack.drain`.
    """
    region, own = stack.region, f"{stack.name}-"
    for name, table in dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables.items():
        if name.startswith(own):
            table.items.clear()
    for name, bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.items():
        if name.startswith(own):
            bucket.keys.clear()
    for name, queue in sqs_backends[DEFAULT_ACCOUNT_ID][region].queues.items():
        if name.startswith(own):
            queue._messages.clear()  # noqa: SLF001 - purging is allowed once a minute
    secrets = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].secrets
    for arn in [arn for arn, secret in secrets.items() if str(secret.name).startswith(f"{stack.name}/")]:
        secrets.pop(arn)
    machines: Any = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID][region].state_machines
    for machine in machines:
        if machine.name.startswith(own):
            machine.executions.clear()
    stack._parts.logs.forget()  # noqa: SLF001 - thousands of runs would keep all that they printed
