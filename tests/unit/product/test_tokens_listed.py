"""Tokens as issuers list them: times, order, and what a grant is made of."""

from datetime import UTC, datetime

import msgspec
import pytest

from deskshift.connectors.tokens.listed import grants_of, instant, is_there, oldest_first
from deskshift.model.errors import VendorAnswerInvalid
from deskshift.model.oauth import TokenInfo

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MADE = "2026-11-01T00:00:00.000Z"


def token(one_id: str, created_at: str = MADE, **fields: object) -> TokenInfo:
    known = {"id": one_id, "client_id": "c", "agent_id": "a", "scopes": ("read",), "created_at": created_at}
    return msgspec.convert(known | fields, TokenInfo)


def test_the_oldest_is_first_and_of_one_instant_the_lowest_number() -> None:
    listed = [token("10"), token("9"), token("2", "2026-11-02T00:00:00.000Z"), token("30", "2026-10-01T00:00:00.000Z")]
    assert [one.id for one in oldest_first(listed)] == ["30", "9", "10", "2"]


def test_a_grant_has_what_is_in_force() -> None:
    listed = [
        token("1", revoked=True),
        token("2", expires_at="2026-12-01T12:00:00.000Z"),
        token("3", expires_at="2026-12-01T12:00:00.001Z", scopes=("write", "read")),
        token("4"),
        token("5", agent_id=None),
    ]
    first, second = grants_of(listed, NOW)
    assert ([one.id for one in first.tokens], first.scopes, first.agent_id) == (["3", "4"], ("write", "read"), "a")
    assert ([one.id for one in second.tokens], second.agent_id) == (["5"], None)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00.000Z"),
        ("2026-12-01T12:00:00.123456+05:30", "2026-12-01T06:30:00.123Z"),
    ],
)
def test_times_are_in_utc_with_milliseconds(written: str, meant: str) -> None:
    assert instant(written, "GET", "/tokens", "created_at") == meant


@pytest.mark.parametrize("written", ["", "canary", "2026-12-01T12:00:00", "2026-12-01"])
def test_a_time_without_a_zone_is_none_and_is_not_repeated(written: str) -> None:
    with pytest.raises(VendorAnswerInvalid) as caught:
        instant(written, "GET", "/tokens", "created_at")
    assert str(caught.value) == "GET /tokens: created_at: not a time with a zone"
    assert "canary" not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("raw", "there"), [(b"", False), (b"null", False), (b'""', False), (b'"x"', True), (b"0", True)]
)
def test_a_field_is_there_if_it_has_a_value(raw: bytes, *, there: bool) -> None:
    assert is_there(msgspec.Raw(raw)) is there
