"""Begin a move when its turn has come (H-04)."""

import msgspec

from deskshift.app.channel_move.steps import StepInput
from deskshift.app.channel_move.turns import answer, wake_next
from deskshift.app.log import working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import SupersededAttempt


def begin(wiring: Wiring, step: StepInput, token: str) -> None:
    """Store the task token, then see whose turn it is; the token is answered now or by whoever ends before us.

    Raises:
        SupersededAttempt: a later attempt owns the move, or it has ended.
    """
    working_on_move(step.move_id, attempt=step.attempt)
    move = wiring.moves.get(step.account_id, step.move_id)
    if move.attempt != step.attempt:
        raise SupersededAttempt(move.move_id, step.attempt, f"attempt {move.attempt} owns it")
    match move.status:
        case "cancelled":
            answer(wiring, token, move, "cancelled")
        case "running":
            # It has begun in an earlier attempt, or this call is repeated: the slot is ours already.
            if not wiring.line.claim(move.account_id, move.move_id, move.attempt):
                raise SupersededAttempt(move.move_id, step.attempt, "another move has the account's slot")
            answer(wiring, token, move, "begun")
        case "queued" | "scheduled":
            number = move.number if move.number is not None else wiring.line.next_number(move.account_id)
            waiting = msgspec.structs.replace(
                move, status="queued", phase="begin", phase_since=wiring.now(), number=number, task_token=token
            )
            wiring.moves.save(waiting)
            wake_next(wiring, move.account_id, asking=move.move_id)
        case _:
            raise SupersededAttempt(move.move_id, step.attempt, f"it is {move.status}")
