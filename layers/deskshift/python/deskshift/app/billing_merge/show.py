"""Show a billing merge: its status, and the report once there is one. Reading disturbs nothing."""

import msgspec

from deskshift.app.billing_merge.keys import report_key
from deskshift.app.wiring import Wiring
from deskshift.model.merge import MergeStatus


class ShownMerge(msgspec.Struct, frozen=True, kw_only=True):
    """A merge as an operator sees it; `report` is the report as JSON, None before the end.

    `request_ids` are those of the requests that it has dealt with; the last one is the one that counts.
    """

    account_id: str
    merge_id: str
    preview_id: str
    request_ids: tuple[str, ...]
    status: MergeStatus
    claimed: bool
    report: msgspec.Raw | None


def show(wiring: Wiring, account_id: str, merge_id: str) -> ShownMerge:
    """Read a merge.

    Raises:
        UnknownMerge: there is no such merge.
    """
    merge = wiring.merges.get(account_id, merge_id)
    report = None if merge.status == "running" else wiring.files.get(report_key(account_id, merge_id))
    return ShownMerge(
        account_id=account_id,
        merge_id=merge_id,
        preview_id=merge.request.preview_id,
        request_ids=(*(one.request.request_id for one in merge.earlier), merge.request.request_id),
        status=merge.status,
        claimed=merge.claimed_at is not None,
        report=None if report is None else msgspec.Raw(report),
    )
