"""An issuer that throttles, is slow, fails or loses answers: reissues take longer, and end as they would have."""

import pytest

from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.authorizing import Authorizing, disturbed, disturbed_exchange
from tests.support.reissuing import COMMIT_WINDOW, CRM, DIALER, EXPORT, Reissuing

MOST_LOOKS = 20


def until_all_is_looked_at(one: Reissuing, spec: str, function: str) -> None:
    """Invoke a scheduled function as often as its schedule would, until it has passed over nothing."""
    with disturbed(one, spec):
        for _ in range(MOST_LOOKS):
            if 0 in dict(one.stack.invoke(function, {})).values():
                return
    pytest.fail(f"{function} still passes over reissues after {MOST_LOOKS} looks")


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("spec", ["429=0.1", "slow=0.3", "500=0.3,seed=2", "lost_response=0.3"])
def test_a_disturbed_issuer_ends_as_an_undisturbed_one(reissuing: MakeReissuing, spec: str) -> None:
    one = reissuing()
    before = one.in_force()
    with disturbed(one, spec):
        one.ask(CRM, "ann")
        one.ask(DIALER, "bob")
        one.ask(EXPORT)
    assert [len(one.letters(agent)) for agent in ("ann", "bob")] == [1, 1]
    one.follow("ann")
    one.sandbox.integrate(one.id, EXPORT, "client_credentials")
    until_all_is_looked_at(one, spec, "watch_grants")
    assert {one.of(CRM, "ann").status, one.of(EXPORT).status} == {"verified"}
    assert one.in_force() > before  # nothing is revoked by mistake
    with one.everybody_later(COMMIT_WINDOW):
        one.follow("ann")
        one.sandbox.integrate(one.id, EXPORT, "client_credentials")  # the ones before have expired meanwhile
        until_all_is_looked_at(one, spec, "watch_grants")
        until_all_is_looked_at(one, spec, "retire_tokens")
    assert {one.of(CRM, "ann").status, one.of(EXPORT).status} == {"confirmed"}
    assert before - one.in_force() == {"old-crm-ann", "old-export-own"}
    assert one.of(DIALER, "bob").status == "invited"
    assert one.dead_letters() == []


@pytest.mark.requirement("Z-18")
def test_a_throttled_exchange_is_not_sent_twice_and_leaves_no_token(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    at = Authorizing.begun(one, "bob").authorized("bob")
    with disturbed_exchange(one, "429=0.99"):
        answer = at.back()
    assert answer.status == 503
    assert at.query["code"] not in one.stack.logs("authorize_callback")
    assert one.in_force() == before
    reissue = one.of(DIALER, "bob")
    assert (reissue.status, reissue.successor) == ("invited", None)
    assert at.back().status == 400
    assert len(one.account.calls("POST", "/v1/issuers/{account_id}/token")) == 1


@pytest.mark.requirement("Z-31")
def test_a_rollback_that_the_issuer_does_not_answer_goes_on_when_it_is_asked_for_again(
    reissuing: MakeReissuing,
) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(CRM, "ann")
    one.follow("ann")
    one.watch()
    assert one.in_force() > before
    with disturbed(one, "500=0.99"), pytest.raises(FunctionFailed):
        one.order("roll_back")
    assert one.in_force() >= before
    one.order("roll_back")
    assert one.in_force() == before
    assert one.of(CRM, "ann").status == "withdrawn"
