"""Which end a request to merge has: its own, recorded one, or a new try of a merge that was refused."""

import msgspec

from deskshift.model.errors import RequestDiffers
from deskshift.model.merge import Merge, MergeRequest, Refused


def recorded(merge: Merge, request: MergeRequest) -> Merge | None:
    """Give the merge as it stands, or ended, for a request; None if it is a new one.

    Raises:
        RequestDiffers: its id was used for another request before.
    """
    known = [(merge.request, merge)]
    known += [(one.request, _as_refused(merge, one)) for one in merge.earlier]
    for before, as_it_was in known:
        if before.request_id == request.request_id:
            if before != request:
                raise RequestDiffers(request.request_id, _different(before, request))
            return as_it_was
    return None


def tried_again(merge: Merge, request: MergeRequest) -> Merge:
    """Begin a merge anew that was refused, for another request; what was refused before stays recorded."""
    return msgspec.structs.replace(
        merge,
        request=request,
        status="running",
        finished_at=None,
        ending=None,
        refusals=(),
        tasks=(),
        earlier=(*merge.earlier, Refused(request=merge.request, refusals=merge.refusals)),
    )


def _different(before: MergeRequest, request: MergeRequest) -> str:
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(request)
    return ", ".join(name for name in old if old[name] != new[name])


def _as_refused(merge: Merge, one: Refused) -> Merge:
    return msgspec.structs.replace(merge, request=one.request, status="refused", refusals=one.refusals, tasks=())
