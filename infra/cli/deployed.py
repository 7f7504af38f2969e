"""An operator's commands for a deployed stack: status, resume, cancel, by invoking the stack's own functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deskshift.model.errors import error_class
from infra.cli.errors import DONE, CommandError, InputRefused, RunFailed
from infra.cli.terminal import say
from infra.cli.words import progress_in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from rich.console import Console

OUTPUTS = {"status": "ShowMoveFunctionName", "resume": "ResumeMoveFunctionName", "cancel": "CancelMoveFunctionName"}
# No repetition: a second resume or cancel would be answered as one that comes too late.
_CONFIG = Config(connect_timeout=5, read_timeout=70, retries={"total_max_attempts": 1})


def run_deployed(given: argparse.Namespace, console: Console) -> int:
    """Run one command; returns the exit code.

    Args:
        given: command, stack, account_id, move_id, region, json.
        console: where the answer goes.

    Raises:
        InputRefused: the stack, the move or the transition is not there, or AWS does not let us.
        RunFailed: AWS cannot be reached, or a function failed.
    """
    try:
        output = OUTPUTS[given.command]
        name = stack_outputs(given.stack, given.region, [output])[output]
        answer = _invoke(name, given.region, {"account_id": given.account_id, "move_id": given.move_id})
    except ClientError as error:
        raise refused_by_aws(error) from None
    except BotoCoreError as error:
        raise RunFailed(
            "aws_unavailable", f"AWS could not be asked: {error}", "Check region, credentials and network."
        ) from None
    if given.json:
        say(console, json.dumps(answer, ensure_ascii=False))
        return DONE
    for line in _words(given.command, answer):
        say(console, line)
    return DONE


def _words(command: str, answer: dict[str, Any]) -> list[str]:
    if command == "status":
        return progress_in_words(answer)
    done = "goes on" if command == "resume" else "is cancelled"
    return [f"Move {answer['move_id']} {done}: status {answer['status']}, attempt {answer.get('attempt', '?')}."]


def stack_outputs(stack: str, region: str | None, needed: Sequence[str]) -> dict[str, str]:
    """Read a stack's outputs.

    Raises:
        InputRefused: it lacks one that is needed.
    """
    described = boto3.client("cloudformation", region_name=region, config=_CONFIG).describe_stacks(StackName=stack)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Stacks"][0].get("Outputs", [])}
    missing = [output for output in needed if output not in outputs]
    if missing:
        found = ", ".join(sorted(outputs)) or "none"
        raise InputRefused(
            "not_a_deskshift_stack",
            f"--stack {stack}: it has no output {missing[0]}; its outputs: {found}",
            "Name a stack that was deployed from infra/template.yaml.",
        )
    return outputs


def _invoke(function: str, region: str | None, event: dict[str, str]) -> dict[str, Any]:
    answered = boto3.client("lambda", region_name=region, config=_CONFIG).invoke(
        FunctionName=function, Payload=json.dumps(event).encode()
    )
    payload: dict[str, Any] = json.loads(answered["Payload"].read())
    if "FunctionError" in answered:
        raise _failed(str(payload.get("errorType", "")), str(payload.get("errorMessage", "it says nothing")))
    return payload


def _failed(error_type: str, message: str) -> CommandError:
    """Put what a function raised into words; a refusal of deskshift's own has its code."""
    kind = error_class(error_type)
    if kind.__name__ == error_type:
        return InputRefused(kind.code, message, kind.what_to_do)
    return RunFailed("function_failed", f"{error_type}: {message}", "Find the function's log by the move_id.")


def refused_by_aws(error: ClientError) -> InputRefused:
    """Put AWS's own refusal into words."""
    said = error.response["Error"]
    return InputRefused(
        "refused_by_aws",
        f"AWS refused {error.operation_name}: {said.get('Message', '')} ({said.get('Code', '')})",
        "Check --stack, --region and what your credentials allow.",
    )
