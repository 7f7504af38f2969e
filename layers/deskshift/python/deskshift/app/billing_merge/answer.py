"""Tell a machine that waits for a merge how it ended."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from deskshift.app.channel_move.turns import TOKEN_IS_OVER
from deskshift.app.wiring import Wiring
from deskshift.model.errors import DeskshiftError
from deskshift.model.merge import Merge

_CAUSE_LENGTH = 1024


def answer(wiring: Wiring, token: str | None, merge: Merge) -> None:
    """Answer the task token; nobody waits for it any more if the answer comes twice, and that is fine."""
    if token is None:
        return
    if merge.status != "done":
        _fail(wiring, token, merge.refusals[0].code, merge.refusals[0].message)
        return
    facts = {"account_id": merge.account_id, "merge_id": merge.merge_id, "status": merge.status}
    with _over_is_fine():
        wiring.machines.send_task_success(taskToken=token, output=json.dumps(facts))


def answer_refused(wiring: Wiring, token: str | None, error: DeskshiftError) -> None:
    """Tell whoever waits that the request can never succeed."""
    if token is not None:
        _fail(wiring, token, error.code, str(error))


def _fail(wiring: Wiring, token: str, code: str, cause: str) -> None:
    with _over_is_fine():
        wiring.machines.send_task_failure(taskToken=token, error=code, cause=cause[:_CAUSE_LENGTH])


@contextmanager
def _over_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in TOKEN_IS_OVER:
            raise
