"""Release verified conversations from the inbox: from then on their replies land in the help desk (H-21, H-25)."""

import msgspec

from deskshift.app.channel_move.steps import (
    STOP_BEFORE_MS,
    StepInput,
    StepResult,
    TimeLeft,
    progressed,
    result,
    running,
    verified_key,
)
from deskshift.app.channel_move.verify import Verified
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import StepFailed
from deskshift.model.move import Move
from deskshift.model.writing import Release, ReleaseOutcome
from deskshift.store.work import WRONG, Reread


def release(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Release what this round verified, each with the version that was verified.

    One that changed in between is not released (409): it is noted, and copied, verified and released in the next round.
    """
    move = running(wiring, step, "release")
    if not move.takes_history:
        return result(move)
    platform = wiring.platform(move.account_id)
    while move.release.files < move.verify.files:
        if time_left() < STOP_BEFORE_MS:
            return result(move, more=True)
        key = verified_key(move, move.round, move.release.files)
        verified = wiring.files.read(key, Verified)
        if verified is None:
            raise StepFailed(f"{key} is gone from the bucket")
        released = release_all(wiring, platform, move, verified.releases)
        state = msgspec.structs.replace(
            move.release, files=move.release.files + 1, released=move.release.released + len(released)
        )
        move = progressed(wiring, msgspec.structs.replace(move, release=state))
    return result(move)


def _mark(outcome: ReleaseOutcome) -> str:
    """A copy that the platform does not find is made anew; anything else is read again."""
    return WRONG if outcome.code == "not_in_help_desk" else f"{outcome.code}:{outcome.version}"


def release_all(wiring: Wiring, platform: Platform, move: Move, releases: tuple[Release, ...]) -> list[str]:
    """Release conversations in the platform's batches and note those that have to be looked at again.

    Returns:
        The ids that live in the help desk now.
    """
    released: list[str] = []
    batch = platform.inbox.offers.batch
    for start in range(0, len(releases), batch):
        outcomes = platform.inbox.release(move.request.channel_id, releases[start : start + batch])
        done = [outcome.id for outcome in outcomes if outcome.done]
        released += done
        count(Metric.CONVERSATIONS_RELEASED, len(done))
        again = [outcome for outcome in outcomes if not outcome.done]
        wiring.work.add_rereads(move.move_id, [Reread(o.id, _mark(o)) for o in again])
        if again:
            logger.info(Event.RELEASE_AGAIN, extra={"codes": sorted({outcome.code for outcome in again})})
    return released
