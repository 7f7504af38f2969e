"""Errors of the local stack: each has a stable `code`, says what happened and what to do."""

from __future__ import annotations

from typing import ClassVar


class LocalStackError(Exception):
    """Base of everything the local stack raises by itself."""

    code: ClassVar[str] = "local_stack"


class TemplateError(LocalStackError):
    """The template cannot be deployed locally; the message names resource and property."""

    code = "template"

    def __init__(self, resource: str, problem: str, remedy: str) -> None:
        super().__init__(f"{resource}: {problem}. {remedy}")
        self.resource = resource


class DeploymentFailed(LocalStackError):
    """moto's CloudFormation refused the translated template."""

    code = "deployment_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The stack was not created: {reason}")


class UpdateRefused(LocalStackError):
    """Something changed that a local update does not carry out."""

    code = "update_refused"

    def __init__(self, logical_ids: list[str]) -> None:
        super().__init__(
            f"A local update changes code, machines and alarms, but not {', '.join(logical_ids)}. Serve anew."
        )


class UnknownName(LocalStackError):
    """No function, machine, queue or resource of that name is in the template."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(f"The template has no {kind} named {name!r}. It has: {', '.join(sorted(known)) or 'none'}")


class FunctionFailed(LocalStackError):
    """An invoked function raised. Carries what its caller sees: class name and message, no stack trace."""

    code = "function_failed"

    def __init__(self, function: str, error_type: str, error_message: str) -> None:
        super().__init__(f"{function} raised {error_type}: {error_message}")
        self.function = function
        self.error_type = error_type
        self.error_message = error_message


class PayloadTooLarge(LocalStackError):
    """An invocation's payload is over Lambda's limit (6 MiB synchronous, 256 KiB asynchronous)."""

    code = "payload_too_large"

    def __init__(self, function: str, size: int, limit: int) -> None:
        super().__init__(f"The payload for {function} has {size} bytes; Lambda accepts {limit}. Pass a reference")


class StackClosed(LocalStackError):
    """A function that was still running when its stack closed made another AWS call."""

    code = "stack_closed"

    def __init__(self) -> None:
        super().__init__("The local stack is closed: wait for its work (drain) before leaving it")


class NotFinished(LocalStackError, TimeoutError):
    """What was waited for did not happen in the time given."""

    code = "not_finished"

    def __init__(self, what: str, seconds: float, state: str) -> None:
        super().__init__(f"{what} did not finish within {seconds:g} s: {state}")
