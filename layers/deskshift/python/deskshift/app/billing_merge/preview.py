"""Make a preview and keep it: only what is kept can be carried out (Z-25)."""

from datetime import UTC, datetime, timedelta

import msgspec

from deskshift.app.billing_merge.facts import read_facts
from deskshift.app.billing_merge.keys import facts_key, preview_key
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.wiring import Wiring
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.preview import Preview, preview
from deskshift.domain.billing.readiness import AFTER_CHECKS
from deskshift.domain.billing.requests import merge_id
from deskshift.model.merge import PreviewRequest, StoredPreview


class MadePreview(msgspec.Struct, frozen=True, kw_only=True):
    """A preview with the time (RFC 3339, UTC) until which it can be carried out, and the language of its account."""

    account_id: str
    locale: str
    merge_id: str
    expires_at: str
    preview: Preview


def make_preview(wiring: Wiring, request: PreviewRequest) -> MadePreview:
    """Reckon a preview from both accounts as they are now, and keep it with the facts that it rests on.

    Asked for again while nothing has changed it is the same one, with the same expiry; one that has expired is renewed.

    Raises:
        UnknownAccount: no connection is recorded.
        InvalidField: there is no such edition.
    """
    merge = merge_id(request.account_id, request.request_id)
    working_on(merge, account_id=request.account_id)
    facts = read_facts(wiring, request)
    made = preview(facts, merge)
    wiring.files.put(facts_key(request.account_id, made.preview_id), msgspec.json.encode(facts))
    wiring.files.put(preview_key(request.account_id, made.preview_id), msgspec.json.encode(made))
    wiring.merges.keep_lines(request.account_id, made.preview_id, made.lines)
    now = wiring.clock()
    wanted = StoredPreview(
        account_id=request.account_id,
        preview_id=made.preview_id,
        merge_id=merge,
        request=request,
        decision=made.decision,
        made_at=wiring.now(),
        expires_at=_written(_counts_from(made, facts, now) + timedelta(days=facts.policy.preview_days)),
        lines=len(made.lines),
        edition=facts.policy.edition,
        policy_version=facts.policy.version,
    )
    kept = wiring.merges.keep_preview(wanted)
    if datetime.fromisoformat(kept.expires_at) <= now:
        wiring.merges.renew_preview(wanted)
        kept = wanted
    logger.info(Event.PREVIEW_MADE, extra={"preview_id": made.preview_id, "decision": made.decision})
    return MadePreview(
        account_id=request.account_id,
        locale=facts.billing.locale,
        merge_id=merge,
        expires_at=kept.expires_at,
        preview=made,
    )


def _counts_from(made: Preview, facts: Facts, now: datetime) -> datetime:
    """Give from when on a preview's days count: of one that is posted after the upgrade, from that on."""
    return max(now, facts.upgrade.at) if made.decision in AFTER_CHECKS else now


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
