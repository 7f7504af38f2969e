"""One structured logger for all functions; its events have stable codes and hold ids, never customers' words."""

import io
import sys
from typing import TextIO, cast

from aws_lambda_powertools import Logger


class _Stdout(io.TextIOBase):
    """Whatever is standard output when a record is written, not when this module was loaded.

    A stack on a laptop keeps what its functions print by taking standard output's place.
    """

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


# A handler of our own would be lost when a local update loads this module again: Powertools keeps the first one's.
logger = Logger(service="deskshift", utc=True, stream=cast("TextIO", _Stdout()))


def working_on(correlation_id: str, **ids: object) -> None:
    """Name what the log records from here on are about; what a warm function worked on before is forgotten.

    The names belong to the thread: on a laptop several functions log in one process.

    Args:
        correlation_id: a move's id wherever there is a move; see docs/decisions/0008-one-correlation-id.md.
        ids: what else the records bear.
    """
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(correlation_id=correlation_id, **ids)


def working_on_move(move_id: str, **ids: object) -> None:
    """Name the move that the log records from here on are about."""
    working_on(move_id, move_id=move_id, **ids)


def correlation_id() -> str | None:
    """Give the id of what is worked on now: calls to the platform and queue messages bear it too."""
    known = logger.thread_safe_get_current_keys().get("correlation_id")
    return None if known is None else str(known)
