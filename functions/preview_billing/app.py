"""Operator and machine: reckon what a billing merge will do, and keep it for its approval (Z-25, Z-36)."""

from typing import TYPE_CHECKING

from deskshift.app.billing_merge.preview import make_preview
from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.billing.requests import parse_preview_request

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {request_id, account_id, requested_by, upgrade_at, choice, chosen_at, edition}."""
    wired = wiring()
    return plain(make_preview(wired, parse_preview_request(mapping(event), wired.clock())))
