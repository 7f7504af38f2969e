"""What speaks against completing an authorization, and against releasing a token."""

from datetime import datetime

import msgspec
import pytest

from deskshift.domain.tokens.callback import Returned, against, hashed, may_collect
from deskshift.domain.tokens.times import stamp
from deskshift.model.custody import BrokeredSession
from tests.support.reissues import NOW, after

ISSUER, CALLBACK = "https://issuer.example", "https://deskshift.example/callback/acme"
SESSION = BrokeredSession(
    state_hash=hashed("state"),
    account_id="acme",
    reissue_id="reissue-1",
    binding_hash=hashed("cookie"),
    issuer=ISSUER,
    redirect_uri=CALLBACK,
    created_at=stamp(NOW),
    expires_at=stamp(after(minutes=10)),
)
RETURNED = Returned(binding="cookie", iss=ISSUER, redirect_uri=CALLBACK)


def code(session: BrokeredSession | None, returned: Returned, now: datetime = NOW, *, named: bool = True) -> str | None:
    found = against(session, returned, now, issuer_names_itself=named)
    return None if found is None else found.code


def test_what_belongs_together_is_completed() -> None:
    assert code(SESSION, RETURNED, after(minutes=9, seconds=59)) is None
    assert code(SESSION, msgspec.structs.replace(RETURNED, iss=None), named=False) is None


@pytest.mark.parametrize(
    ("session", "returned", "found"),
    [
        (None, {}, "unknown_state"),
        ({}, {"binding": "another"}, "another_browser"),
        ({}, {"binding": None}, "another_browser"),
        ({}, {"binding": ""}, "another_browser"),
        ({}, {"binding": hashed("cookie")}, "another_browser"),
        ({"claim": "callback-1"}, {}, "used_state"),
        ({"claim": "callback-1"}, {"binding": "another"}, "another_browser"),
        ({"expires_at": stamp(NOW)}, {}, "expired_state"),
        ({"redirect_uri": f"{CALLBACK}/"}, {}, "another_redirect"),
        ({}, {"redirect_uri": "https://deskshift.example/callback/other"}, "another_redirect"),
        ({}, {"iss": f"{ISSUER}/"}, "another_issuer"),
        ({}, {"iss": None}, "no_issuer"),
    ],
)
def test_each_difference_is_refused_with_its_reason(
    session: dict[str, str] | None, returned: dict[str, str | None], found: str
) -> None:
    held = None if session is None else msgspec.structs.replace(SESSION, **session)
    assert code(held, msgspec.structs.replace(RETURNED, **returned)) == found


def test_another_issuer_is_refused_also_where_the_issuer_need_not_name_itself() -> None:
    assert (
        code(SESSION, msgspec.structs.replace(RETURNED, iss="https://mallory.example"), named=False) == "another_issuer"
    )


def test_a_hash_leads_not_back() -> None:
    assert "state" not in SESSION.state_hash
    assert len(hashed("")) == len(hashed("x" * 1000)) == 64


@pytest.mark.parametrize(
    ("token_id", "now", "acknowledged", "found"),
    [
        ("new", after(minutes=14, seconds=59), False, None),
        ("new", after(minutes=15), False, "collection_over"),
        (None, NOW, False, "not_verified"),
        (None, after(minutes=15), False, "collection_over"),
        ("new", NOW, True, "acknowledged"),
    ],
)
def test_when_a_token_is_released(
    token_id: str | None, now: datetime, found: str | None, *, acknowledged: bool
) -> None:
    refused = may_collect(token_id, stamp(after(minutes=15)), now, acknowledged=acknowledged)
    assert (None if refused is None else refused.code) == found
