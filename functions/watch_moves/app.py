"""Schedule, and ended executions: find moves that died or stall, keep waiting ones alive (X-06)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.watch import watch
from deskshift.app.handlers import mapping, plain, time_left
from deskshift.app.invocation import observed
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Look once. The metric MoveStalled raises the alarm; it is written also when it is zero, so that it ends it."""
    seen = watch(wiring(), mapping(event), lambda: time_left(context))
    count(Metric.MOVE_STALLED, len(seen.stalled))
    return plain(seen)
