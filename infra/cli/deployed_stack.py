"""A deployed stack as an operator reaches it: outputs, functions and services, and AWS's refusals in words."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import is_valid_endpoint_url

from deskshift.model.errors import RevocationRefused, error_class
from infra.cli.errors import CommandError, InputRefused, RunFailed, bad_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ENDPOINT = "AWS_ENDPOINT_URL"
# No repetition: a second resume or cancel would be answered as one that comes too late.
_ONCE = Config(connect_timeout=5, read_timeout=70, retries={"total_max_attempts": 1})
_AS_LONG_AS_IT_TAKES = Config(connect_timeout=5, read_timeout=310, retries={"total_max_attempts": 1})
"""Until the function that is asked has used up its five minutes."""


class DeployedStack:
    """One stack in CloudFormation, found by its name.

    Args:
        name: the stack's name.
        region: AWS region; None as AWS's own tools find it.

    Raises:
        InputRefused: AWS_ENDPOINT_URL, from which boto3 would take the address, is none.
    """

    def __init__(self, name: str, region: str | None) -> None:
        endpoint = os.environ.get(ENDPOINT)
        if endpoint and not is_valid_endpoint_url(endpoint):
            raise bad_option(ENDPOINT, repr(endpoint[:80]), "http(s)://HOST, or nothing for AWS itself")
        self.name = name
        self._region = region
        self._outputs: Mapping[str, str] | None = None

    def output(self, name: str) -> str:
        """Read one of its outputs.

        Raises:
            InputRefused: it has none of this name, so it is no stack of ours.
        """
        if not self.name:
            raise bad_option("--stack", "''", "the stack's name in CloudFormation")
        if self._outputs is None:
            client = boto3.client("cloudformation", region_name=self._region, config=_ONCE)
            stack = client.describe_stacks(StackName=self.name)["Stacks"][0]
            self._outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if name not in self._outputs:
            found = ", ".join(sorted(self._outputs)) or "none"
            raise InputRefused(
                "not_a_deskshift_stack",
                f"--stack {self.name}: it has no output {name}; its outputs: {found}",
                "Name a stack that was deployed from infra/template.yaml.",
            )
        return self._outputs[name]

    def invoke(self, output: str, event: Mapping[str, Any], *, takes_long: bool = False) -> dict[str, Any]:
        """Invoke the function that an output names, and wait for a minute, or for as long as it takes.

        Raises:
            InputRefused: the function refused with an error of deskshift's own.
            RunFailed: it failed in another way.
        """
        patience = _AS_LONG_AS_IT_TAKES if takes_long else _ONCE
        answered = boto3.client("lambda", region_name=self._region, config=patience).invoke(
            FunctionName=self.output(output), Payload=json.dumps(event).encode()
        )
        payload: dict[str, Any] = json.loads(answered["Payload"].read())
        if "FunctionError" in answered:
            raise _failed(str(payload.get("errorType", "")), str(payload.get("errorMessage", "it says nothing")))
        return payload

    @property
    def queues(self) -> SQSClient:
        """SQS; what is sent there may be sent twice."""
        return boto3.client("sqs", region_name=self._region)

    @property
    def files(self) -> S3Client:
        """S3."""
        return boto3.client("s3", region_name=self._region)


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Put what AWS refuses, and that it cannot be reached, into words.

    Raises:
        InputRefused: AWS refuses.
        RunFailed: AWS cannot be reached.
    """
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise InputRefused(
            "refused_by_aws",
            f"AWS refused {error.operation_name}: {said.get('Message', '')} ({said.get('Code', '')})",
            "Check --stack, --region and what your credentials allow.",
        ) from None
    except BotoCoreError as error:
        raise RunFailed(
            "aws_unavailable", f"AWS could not be asked: {error}", "Check region, credentials and network."
        ) from None


def _failed(error_type: str, message: str) -> CommandError:
    """Put what a function raised into words; a refusal of deskshift's own has its code."""
    kind = error_class(error_type)
    if kind is RevocationRefused:
        return RunFailed(kind.code, message, kind.what_to_do)  # all else is done
    if kind.__name__ == error_type:
        return InputRefused(kind.code, message, kind.what_to_do)
    return RunFailed("function_failed", f"{error_type}: {message}", "Find the function's log by the move_id.")
