"""A failure as moto's interpreter passes it from a state to its Retry and Catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
    from moto.stepfunctions.parser.asl.eval.environment import Environment


def state_failure(env: Environment, error: StatesErrorNameType, cause: str) -> FailureEventException:
    """The exception that fails the present state with one of the `States.*` errors."""
    details = ExecutionFailedEventDetails(error=error.to_name(), cause=cause)
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(executionFailedEventDetails=details),  # type: ignore[typeddict-item] # one key is meant
        )
    )
