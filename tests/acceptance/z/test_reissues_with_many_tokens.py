"""Grants with very many tokens: they are revoked in turns, and what its record cannot hold is withdrawn."""

from unittest.mock import patch

import msgspec
import pytest

from deskshift.app.token_reissue import carry_out, look
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.domain.tokens.ids import grant_key
from deskshift.model.errors import VendorUnavailable
from deskshift.store.grants import Grants
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.reissuing import CRM, Reissuing

MANY = ("old-crm-eve", "old-crm-bob", "old-crm-sam")


def revoking(one: Reissuing) -> None:
    """Let a reissue be about to revoke many tokens."""
    one.ask(CRM, "ann")
    grants = Grants(one.stack.physical_id("GrantsTable"), one.stack.region)
    about = msgspec.structs.replace(one.of(CRM, "ann"), becomes="withdrawn", to_revoke=MANY)
    grants.save(grant_key(one.id, CRM, "ann"), about)


@pytest.mark.requirement("Z-18")
def test_an_issuer_that_does_not_answer_is_not_asked_for_each_token(reissuing: MakeReissuing) -> None:
    one = reissuing()
    revoking(one)
    asked: list[str] = []
    revoke = PlatformTokenIssuer.revoke

    def answers_once(issuer: PlatformTokenIssuer, token: str) -> bool:
        asked.append(token)
        if token == MANY[1]:
            raise VendorUnavailable("DELETE", "/oauth/tokens", "503")
        return revoke(issuer, token)

    with patch.object(PlatformTokenIssuer, "revoke", answers_once):
        one.watch()
    assert [token for token in asked if token in MANY] == list(MANY[:2])
    left = one.of(CRM, "ann")
    assert (left.becomes, left.to_revoke) == ("withdrawn", MANY[1:])
    one.watch()
    assert one.of(CRM, "ann").status == "withdrawn"
    assert one.in_force().isdisjoint(MANY)


@pytest.mark.requirement("Z-18")
def test_many_revocations_are_done_in_turns(reissuing: MakeReissuing) -> None:
    one = reissuing()
    revoking(one)
    with patch.object(carry_out, "_AT_ONCE", 2):
        one.watch()
        assert one.of(CRM, "ann").to_revoke == MANY[2:]
        one.watch()
    ended = one.of(CRM, "ann")
    assert (ended.status, ended.to_revoke, ended.one_revoked) == ("withdrawn", (), False)
    assert one.in_force().isdisjoint(MANY)


@pytest.mark.requirement("Z-18")
def test_what_its_record_cannot_hold_any_more_can_be_withdrawn(reissuing: MakeReissuing) -> None:
    one = reissuing()
    reissue = one.ask(CRM, "ann")
    with patch.object(look, "fits", return_value=False):
        with pytest.raises(FunctionFailed, match="RecordTooLarge"):
            one.order("extend", reissue, until=reissue.deadline if reissue else "")
        one.order("withdraw", reissue)
    assert one.of(CRM, "ann").status == "withdrawn"
