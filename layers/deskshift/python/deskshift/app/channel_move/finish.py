"""Finish a move: the channel leaves the inbox, everything opened for the move is closed, the next one is woken."""

from datetime import datetime

import msgspec

from deskshift.app.channel_move.changes import read_changes
from deskshift.app.channel_move.open_capture import unmute
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.settle import left_over, next_round
from deskshift.app.channel_move.steps import StepInput, StepResult, TimeLeft, parts_folder, result, running
from deskshift.app.channel_move.turns import leave_line
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.move import Move


def finish(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Close up, count, report, delete the customers' words that deskshift held, and give the slot back.

    Every call may be repeated; the status is the last thing to change, and the slot follows it. With history 'none' the
    changes are read once more before the report, so that it lists replies that came while the move closed up (H-21).
    The result is `settled`, or something came to the channel at the last moment and one more round is needed.
    """
    ended = wiring.moves.get(step.account_id, step.move_id)
    if ended.status == "done" and ended.attempt == step.attempt:
        leave_line(wiring, ended)
        return result(ended, settled=True)
    move = running(wiring, step, "finish")
    platform = wiring.platform(move.account_id)
    platform.switchboard.remove_from_inbox(move.request.channel_id)
    if move.takes_history:
        move, settled = _still_settled(wiring, platform, move, time_left)
        if not settled:
            return result(wiring.moves.save(next_round(msgspec.structs.replace(move, left_inbox=True))))
    platform.notices.unsubscribe(move.move_id)
    move = unmute(wiring, platform, move)
    _delete_words(wiring, move)
    platform.notices.remove_banner(move.move_id)
    if not move.takes_history:
        move, _ = read_changes(wiring, platform, move, time_left)
    done = msgspec.structs.replace(move, status="done", finished_at=wiring.now(), pause=None)
    report = write_report(wiring, done, platform)
    done = wiring.moves.save(done)
    count(Metric.MOVES_DONE)
    count(Metric.MOVE_SECONDS, _seconds(done))
    logger.info(Event.MOVE_DONE, extra={"counts": msgspec.to_builtins(report.counts)})
    leave_line(wiring, done)
    return result(done, settled=True)


def _still_settled(wiring: Wiring, platform: Platform, move: Move, time_left: TimeLeft) -> tuple[Move, bool]:
    """Look once more, now that nothing can come to the channel any more.

    Something may have come, or gone again, after the channel had settled and before it left the inbox. A platform that
    lists late does not show it yet: there one more round always follows, which waits for the declared lag.
    """
    shown = move.left_inbox or not move.lag_ms
    move, ended = read_changes(wiring, platform, move, time_left)
    return move, shown and ended and not left_over(wiring, platform, move)


def _seconds(done: Move) -> float:
    """Tell how long the move took, from its beginning, pauses included."""
    ends = (done.started_at or done.created_at, done.finished_at or done.created_at)
    began, ended = map(datetime.fromisoformat, ends)
    return (ended - began).total_seconds()


def _delete_words(wiring: Wiring, move: Move) -> None:
    """Delete the parts, also those whose writer died before it recorded them.

    What verification wrote holds ids alone and expires with the bucket's lifecycle. So does the part of a writer that
    has been asleep since an earlier attempt, writes after this, and dies before it can take its file away again.
    """
    wiring.files.delete_folder(parts_folder(move))
