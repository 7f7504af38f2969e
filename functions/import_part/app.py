"""Map child: import one part of the history."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.import_part import import_part
from deskshift.app.handlers import mapping, step_input, text, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Import the part until it is done or two minutes are left; the child calls again while `more`."""
    part = mapping(mapping(event).get("part"), "part")
    done = import_part(wiring(), step_input(event), text(part, "key"), lambda: time_left(context))
    return {"more": not done}
