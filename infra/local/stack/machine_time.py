"""How long machines wait locally: retries at once, and timestamps that lie ahead not at all if so wished.

Not a gap of moto but a choice: nobody sits in front of a laptop until next Sunday. The intervals in the template stay
as deployed. One gap is mended on the way: moto compares timestamps with the machine's local time, takes no numeric
offsets, and drops fractions so that it may wake up early (Step Functions: RFC 3339, never early).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from typing import TYPE_CHECKING
from unittest.mock import patch

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.interval_seconds_decl import IntervalSecondsDecl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment


@contextlib.contextmanager
def adjusted(*, skip_timestamp_waits: bool) -> Iterator[None]:
    """Retry at once, and wait for timestamps exactly or not at all."""

    def no_interval(interval: IntervalSecondsDecl, env: Environment) -> None:
        del interval
        env.stack.append(0)

    def seconds_until(wait: Timestamp, env: Environment) -> int:
        wait.string.eval(env=env)
        written = env.stack.pop()
        moment = parsed_timestamp(written)
        if moment is None:
            raise FailureEventException(wait._create_failure_event(env, written))  # noqa: SLF001 - as moto does
        if skip_timestamp_waits:
            return 0
        return max(0, math.ceil((moment - dt.datetime.now(dt.UTC)).total_seconds()))

    with (
        patch.object(IntervalSecondsDecl, "_eval_body", no_interval),
        patch.object(Timestamp, "_get_wait_seconds", seconds_until),
    ):
        yield


def parsed_timestamp(written: object) -> dt.datetime | None:
    """An RFC 3339 time with an upper-case T and an offset or Z; None for anything else."""
    if not isinstance(written, str) or "T" not in written:
        return None
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
