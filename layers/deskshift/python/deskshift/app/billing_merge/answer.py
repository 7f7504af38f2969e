"""Tell a machine that waits for a merge how it ended."""

from deskshift.app.task_tokens import failed, succeeded
from deskshift.app.wiring import Wiring
from deskshift.model.errors import DeskshiftError
from deskshift.model.merge import Merge


def answer(wiring: Wiring, token: str | None, merge: Merge) -> None:
    """Answer the task token, if there is one."""
    if token is None:
        return
    if merge.status != "done":
        failed(wiring, token, merge.refusals[0].code, merge.refusals[0].message)
        return
    facts = {"account_id": merge.account_id, "merge_id": merge.merge_id, "status": merge.status}
    succeeded(wiring, token, facts)


def answer_refused(wiring: Wiring, token: str | None, error: DeskshiftError) -> None:
    """Tell whoever waits that the request can never succeed."""
    if token is not None:
        failed(wiring, token, error.code, str(error))
