"""Map child: import one part of the history."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.import_part import import_part
from deskshift.app.handlers import mapping, step_input, text
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Import the part; its outcome is recorded, and nothing is handed back that could fill the map's result."""
    part = mapping(mapping(event).get("part"), "part")
    import_part(wiring(), step_input(event), text(part, "key"))
    return {}
