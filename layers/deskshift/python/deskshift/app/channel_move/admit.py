"""Take a request in: record it, give it its place in the account's line, name its execution."""

import msgspec

from deskshift.app.policies import channel_move_policies
from deskshift.app.wiring import Wiring
from deskshift.domain.move_ids import execution_name, move_id
from deskshift.domain.policy import choose_policy
from deskshift.model.errors import RequestDiffers
from deskshift.model.move import Move, MoveRequest


def admit(wiring: Wiring, request: MoveRequest, execution_arn: str) -> Move:
    """Record a move for a request, once however often the request comes.

    A move that starts now takes its number here; a scheduled one takes it when its time has come, so that it stands in
    nobody's way until then; a dry run needs none.

    Raises:
        UnknownAccount: no connection is recorded for the account.
        InvalidField: there is no such edition.
        RequestDiffers: the request id was used before for another request.
    """
    wiring.connections.get(request.account_id)
    policy = choose_policy(channel_move_policies(), request.edition)
    wanted = move_id(request.account_id, request.channel_id, request.request_id)
    known = wiring.moves.find(request.account_id, wanted)
    if known is not None:
        return _same(known, request)
    now = wiring.now()
    scheduled = request.start_at is not None and request.start_at > now
    move = Move(
        account_id=request.account_id,
        move_id=wanted,
        request=request,
        status="scheduled" if scheduled else "queued",
        number=None if scheduled or request.dry_run else wiring.line.next_number(request.account_id),
        execution_arn=execution_arn,
        created_at=now,
        phase_since=now,
        progressed_at=now,
        edition=policy.edition,
        policy_version=policy.version,
    )
    if wiring.moves.create(move):
        return msgspec.structs.replace(move, lock=1)
    return _same(wiring.moves.get(request.account_id, wanted), request)


def _same(known: Move, request: MoveRequest) -> Move:
    """Make sure that a request that was seen before is the same one."""
    differing = [name for name in request.__struct_fields__ if getattr(known.request, name) != getattr(request, name)]
    if differing:
        raise RequestDiffers(request.request_id, ", ".join(differing))
    return known


def execution_arn(machine_arn: str, move: str, attempt: int) -> str:
    """Give the ARN that an execution of this name has."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{execution_name(move, attempt)}"
