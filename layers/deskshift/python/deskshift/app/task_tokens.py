"""Answer the machine that waits with a task token; twice is fine, for then nobody waits any more."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import ClientError

from deskshift.app.channel_move.turns import TOKEN_IS_OVER
from deskshift.app.wiring import Wiring

_CAUSE_LENGTH = 1024


def succeeded(wiring: Wiring, token: str, facts: Mapping[str, object]) -> None:
    """Let a machine go on."""
    with _over_is_fine():
        wiring.machines.send_task_success(taskToken=token, output=json.dumps(dict(facts)))


def failed(wiring: Wiring, token: str, code: str, cause: str) -> None:
    """Tell a machine that what it waits for will not be done."""
    with _over_is_fine():
        wiring.machines.send_task_failure(taskToken=token, error=code, cause=cause[:_CAUSE_LENGTH])


@contextmanager
def _over_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in TOKEN_IS_OVER:
            raise
