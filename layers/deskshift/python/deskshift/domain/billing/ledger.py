"""What becomes of every line and tax of a preview: one entry each, so that the ledger adds up to its total."""

from collections.abc import Iterator
from typing import Literal

from deskshift.domain.billing.preview import Preview, PreviewLine
from deskshift.domain.billing.tax import LATER
from deskshift.model.merge import LedgerEntry

Outcome = Literal["moved", "skipped", "failed"]
_DOCUMENTS = {"credit": "credit", "reduction": "reduction", "arrears": "invoice", "charge": "invoice"}


def ledger(preview: Preview, *, posted: bool, reason: str = "") -> list[LedgerEntry]:
    """Make the entries of a preview's lines, then of its taxes.

    Args:
        preview: what was carried out, or was to be.
        posted: whether the order was carried out.
        reason: why not.
    """
    entries = [*_lines(preview, posted=posted, reason=reason)]
    for document in preview.tax:
        for tax in document.tax:
            outcome, why = _outcome(preview, document.currency, posted=posted, reason=reason)
            later = "billed later, with its period" if document.document == LATER else why
            entries.append(
                LedgerEntry(
                    line=len(entries) + 1,
                    outcome=outcome,
                    amount_minor=tax.amount_minor,
                    currency=document.currency,
                    document=f"tax of {document.document} at {tax.rate} %",
                    reason=later if outcome == "moved" else why,
                )
            )
    return entries


def _lines(preview: Preview, *, posted: bool, reason: str) -> Iterator[LedgerEntry]:
    for number, line in enumerate(preview.lines, start=1):
        outcome, why = _outcome(preview, line.currency, posted=posted, reason=reason)
        yield LedgerEntry(
            line=number,
            outcome=outcome,
            amount_minor=line.amount_minor,
            currency=line.currency,
            document=_document(line),
            reason=_when(line) if outcome == "moved" else why,
        )


def _document(line: PreviewLine) -> str:
    made = _DOCUMENTS[line.kind]
    return made if line.invoice_id is None else f"{made}:{line.invoice_id}"


def _when(line: PreviewLine) -> str:
    if line.due_minor == line.amount_minor:
        return "posted with the merge"
    return f"{line.due_minor} posted with the merge, the rest billed later, with its period"


def _outcome(preview: Preview, currency: str, *, posted: bool, reason: str) -> tuple[Outcome, str]:
    if not posted:
        return "failed", reason
    if currency != preview.currency:
        return "skipped", "another currency: it stays on the chat account until an operator has settled it"
    return "moved", "posted with the merge"
