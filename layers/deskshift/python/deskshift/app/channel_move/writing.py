"""Write conversations to the help desk in the platform's batches, and find the one that spoils a batch."""

import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from deskshift.connectors.ports import HelpDesk
from deskshift.model.errors import VendorRefused
from deskshift.model.writing import ImportItem, ImportOutcome, PendingImport

_ONE_ITEM_IS_BAD = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


def write(help_desk: HelpDesk, items: Sequence[ImportItem], batch: int) -> Iterator[ImportOutcome]:
    """Write items in batches; where a whole batch is refused, find the bad one by halving it (X-08)."""
    for start in range(0, len(items), batch):
        yield from _write_batch(help_desk, items[start : start + batch])


def _write_batch(help_desk: HelpDesk, items: Sequence[ImportItem]) -> Iterator[ImportOutcome]:
    try:
        answer = help_desk.write(items)
    except VendorRefused as error:
        if error.status not in _ONE_ITEM_IS_BAD:
            raise
        if len(items) == 1:
            yield ImportOutcome(external_id=items[0].external_id, code="rejected", reason=error.vendor_code)
            return
        half = len(items) // 2
        yield from _write_batch(help_desk, items[:half])
        yield from _write_batch(help_desk, items[half:])
        return
    while isinstance(answer, PendingImport):
        time.sleep(answer.wait)
        answer = help_desk.outcome(answer)
    yield from answer
