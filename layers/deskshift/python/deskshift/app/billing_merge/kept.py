"""A kept preview with what it rests on."""

from dataclasses import dataclass

from deskshift.app.billing_merge.keys import facts_key, preview_key
from deskshift.app.wiring import Wiring
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.preview import Preview
from deskshift.model.billing import BillingAccount
from deskshift.model.errors import UnknownPreview
from deskshift.model.merge import StoredPreview


@dataclass(frozen=True)
class Kept:
    """A preview as it was approved."""

    stored: StoredPreview
    preview: Preview
    facts: Facts

    @property
    def chat(self) -> BillingAccount:
        """The chat product's billing account, as the preview saw it."""
        return next(one for one in self.facts.billing.accounts if one.product == "chat")

    @property
    def support(self) -> BillingAccount:
        """The support product's billing account, which always survives."""
        return next(one for one in self.facts.billing.accounts if one.product == "support")


def kept_preview(wiring: Wiring, stored: StoredPreview) -> Kept:
    """Read the whole of a preview.

    Raises:
        UnknownPreview: its files are gone.
    """
    preview = wiring.files.read(preview_key(stored.account_id, stored.preview_id), Preview)
    facts = wiring.files.read(facts_key(stored.account_id, stored.preview_id), Facts)
    if preview is None or facts is None:
        raise UnknownPreview(stored.account_id, stored.preview_id)
    return Kept(stored, preview, facts)
