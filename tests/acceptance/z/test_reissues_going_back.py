"""An account goes back, or a grant ends: nobody else's token is taken, and what is said of the old one is true."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
import urllib3

from deskshift.app.token_reissue import look
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.domain.tokens.transitions import stays
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.model.oauth import TokenInfo
from infra.cli.tokens_tasks import tasks
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.reissuing import COMMIT_WINDOW, CRM, DIALER, WIDGET, Reissuing, export, grant, later, left, unsent

_http = urllib3.PoolManager(retries=False, timeout=30)


def authorized_in_the_ordinary_way(one: Reissuing, agent_id: str) -> set[str]:
    """Let an agent authorize as on any day; gives what is new."""
    before = one.in_force()
    assert one.follow(agent_id, link=json.loads(one.clients()[CRM])["authorization_start"]).ended == "connected"
    return one.in_force() - before


def revoked_by_an_administrator(one: Reissuing, token_id: str) -> None:
    """Let an administrator revoke a token at the issuer."""
    headers = {"authorization": f"Bearer {one.account.token}"}
    assert _http.request("DELETE", f"{one.sandbox.api_url}/oauth/tokens/{token_id}", headers=headers).status < 300


@pytest.mark.requirement("Z-31")
@pytest.mark.parametrize("declined", [False, True])
def test_a_second_rollback_revokes_nothing(reissuing: MakeReissuing, *, declined: bool) -> None:
    one = reissuing()
    one.ask(CRM, "ann")
    if declined:
        one.follow("ann", "decline", one.links("ann")[-1])
    one.order("roll_back")
    made = authorized_in_the_ordinary_way(one, "ann")
    before = one.in_force()
    one.order("roll_back", request_id="again")
    assert one.in_force() == before
    assert made <= before


@pytest.mark.requirement("Z-31")
def test_the_rollback_of_a_later_move_takes_only_what_is_that_moves(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(CRM, "ann")
    one.order("roll_back")
    between = authorized_in_the_ordinary_way(one, "ann")
    one.ask(CRM, "ann", request_id="second-move")
    before = one.in_force()
    one.follow("ann")
    assert len(one.in_force() - before) == 1
    one.order("roll_back", request_id="back-again")
    assert one.in_force() == before
    assert between <= before
    assert [each.status for each in one.rounds(CRM, "ann")] == ["withdrawn", "withdrawn"]


@pytest.mark.requirement("Z-31")
def test_what_has_come_after_an_end_is_this_moves_at_the_first_rollback(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(CRM, "ann")
    one.follow("ann", "decline", one.links("ann")[-1])
    (made,) = authorized_in_the_ordinary_way(one, "ann")
    one.order("roll_back")
    assert one.in_force() == before
    assert one.of(CRM, "ann").rolled_back == (made,)
    assert one.of(CRM, "ann").status == "declined"


@pytest.mark.requirement("Z-31")
def test_a_task_that_a_person_has_ticked_off_keeps_nobody_from_going_back(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.order("confirm", one.ask(WIDGET, "bob"))
    one.ask(CRM, "ann")
    one.follow("ann")
    one.order("roll_back")
    assert one.in_force() == before
    assert (one.of(CRM, "ann").status, one.of(WIDGET, "bob").status) == ("withdrawn", "confirmed")


@pytest.mark.requirement("Z-31")
def test_a_retired_token_of_the_same_move_keeps_it_from_going_back_though_somebody_was_invited_again(
    reissuing: MakeReissuing,
) -> None:
    one = reissuing()
    done = one.ask(CRM, "ann")
    one.follow("ann")
    one.watch()
    with later(COMMIT_WINDOW):
        one.retire()
    assert one.of(CRM, "ann").old_token == "retired"
    anew = one.order("invite", done, request_id="invite-2")
    assert (anew["status"], anew["round"]) == ("invited", 2)
    with pytest.raises(FunctionFailed, match="commit window has closed"):
        one.order("roll_back")


@pytest.mark.requirement("Z-18")
def test_an_end_says_truly_what_became_of_the_old_token(reissuing: MakeReissuing) -> None:
    one = reissuing()
    for agent in ("ann", "bob", "eve", "sam"):
        one.ask(CRM, agent)
    one.ask(DIALER, "bob")
    for name in ("crm-ann", "crm-bob", "crm-eve", "dialer-bob"):
        revoked_by_an_administrator(one, f"old-{name}")
    link = next(letter for letter in one.letters("bob") if "CRM" in letter["subject"])
    one.follow("bob", "decline", one.links_of(link)[-1])
    one.order("withdraw", one.of(CRM, "eve"))
    one.follow("bob", as_="eve")
    one.order("roll_back")
    ends = {(each.client_id, each.agent_id): (each.status, each.old_token) for each in one.all()}
    assert ends == {
        (CRM, "ann"): ("withdrawn", "gone"),
        (CRM, "bob"): ("declined", "gone"),
        (CRM, "eve"): ("withdrawn", "gone"),
        (CRM, "sam"): ("withdrawn", "in_force"),
        (DIALER, "bob"): ("wrong_person", "gone"),
    }


@pytest.mark.requirement("Z-12", "Z-18")
def test_a_grant_whose_old_tokens_are_not_listed_is_not_judged_by_their_scopes(make_account: MakeAccount) -> None:
    given = export(exports.new_account_id("reissue"))
    given["oauth"]["grants"].append({**grant(CRM, "admin"), "scopes": [], "tokens": []})
    with Reissuing(make_account(given)) as one:
        opened = one.ask(CRM, "admin")
        assert opened is not None
        assert (opened.route, opened.old, opened.scopes) == ("direct", (), ("read", "write", "chat"))
        one.follow("admin")
        one.watch()
        assert one.of(CRM, "admin").status == "verified"
        one.order("roll_back")
        assert (one.of(CRM, "admin").status, one.of(CRM, "admin").old_token) == ("withdrawn", "none")


@contextmanager
def refused(*tokens: str) -> Iterator[None]:
    """Let the issuer refuse to revoke some tokens."""
    revoke = PlatformTokenIssuer.revoke

    def answered(issuer: PlatformTokenIssuer, token_id: str) -> bool:
        if token_id in tokens:
            raise VendorRefused("DELETE", "/v1/oauth/tokens", 403, "access_denied")
        return revoke(issuer, token_id)

    with patch.object(PlatformTokenIssuer, "revoke", answered):
        yield


@pytest.mark.requirement("Z-31")
@pytest.mark.parametrize("ended", [False, True])
def test_a_token_that_the_issuer_does_not_revoke_keeps_nobody_else_from_going_back(
    reissuing: MakeReissuing, *, ended: bool
) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask()
    if ended:
        one.follow("sam", "decline", one.links("sam")[-1])
        (made,) = authorized_in_the_ordinary_way(one, "sam")
    else:
        one.follow("sam")
        (made,) = one.in_force() - before
    for agent in ("ann", "eve"):
        link = next(letter for letter in one.letters(agent) if "CRM" in letter["subject"])
        one.follow(agent, link=one.links_of(link)[0])
    with refused(made), pytest.raises(FunctionFailed, match=f"does not revoke {made}"):
        one.order("roll_back")
    assert one.in_force() == before | {made}
    assert one.of(CRM, "sam").not_revoked == (made,)
    (told,) = (task for task in tasks(one.report()) if task["code"] == "not_revoked")
    assert made in told["what"]
    with refused(made), pytest.raises(FunctionFailed, match=f"does not revoke {made}"):
        one.order("roll_back", request_id="again")
    one.order("roll_back", request_id="once-more")
    assert (one.in_force(), one.of(CRM, "sam").not_revoked) == (before, ())
    assert [task for task in tasks(one.report()) if task["code"] == "not_revoked"] == []


@pytest.mark.requirement("Z-31")
def test_nothing_is_retired_while_an_account_is_half_back(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    for agent in ("ann", "eve", "sam"):
        one.ask(CRM, agent)
        one.follow(agent)
    one.watch()
    tokens, looked = PlatformTokenIssuer.tokens, list[str | None]()

    def listed(issuer: PlatformTokenIssuer, client_id: str, agent_id: str | None) -> list[TokenInfo]:
        looked.append(agent_id)
        if len(looked) > 2:
            raise VendorUnavailable("GET", "/v1/oauth/tokens", "503")
        return list(tokens(issuer, client_id, agent_id))

    with later(COMMIT_WINDOW):
        with patch.object(PlatformTokenIssuer, "tokens", listed), pytest.raises(FunctionFailed, match="503"):
            one.order("roll_back")
        left = len(one.pending())
        assert left in {1, 2}
        assert one.retire() == left
        assert len(one.pending()) == left
        one.order("roll_back", request_id="again")
        assert (one.in_force(), one.pending(), one.retire()) == (before, [], 0)


@pytest.mark.requirement("Z-31")
def test_a_rollback_that_is_too_late_holds_nothing_up(reissuing: MakeReissuing) -> None:
    one = reissuing()
    for agent in ("ann", "eve"):
        one.ask(CRM, agent)
    one.follow("ann")
    one.watch()
    with later(COMMIT_WINDOW):
        one.retire()
        with pytest.raises(FunctionFailed, match="commit window has closed"):
            one.order("roll_back")
    one.follow("eve")
    one.watch()
    with later(2 * COMMIT_WINDOW):
        assert one.retire() == 0
    assert one.of(CRM, "eve").old_token == "retired"


@pytest.mark.requirement("Z-18")
def test_whose_agent_has_left_says_what_became_of_the_old_token(reissuing: MakeReissuing) -> None:
    one = reissuing()
    with unsent():
        one.ask(CRM, "ann")
    revoked_by_an_administrator(one, "old-crm-ann")
    with left("ann"):
        one.remind()
    assert (one.of(CRM, "ann").status, one.of(CRM, "ann").old_token) == ("failed", "gone")


@pytest.mark.requirement("Z-18")
def test_whose_agent_has_left_ends_once_what_lies_sealed_is_taken_back(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "ann")
    dies = patch.object(PlatformTokenIssuer, "subject", side_effect=VendorUnavailable("GET", "whoami", "503"))
    with dies:
        one.follow("ann")
    down = patch.object(PlatformTokenIssuer, "revoke_held", side_effect=VendorUnavailable("POST", "revoke", "503"))
    with later(timedelta(minutes=6)):
        with down, patch.object(look, "observed", lambda one, *_: stays(one, "nothing is listed")):
            one.watch()
        assert one.of(DIALER, "ann").lost_at is not None
        with left("ann"):
            one.remind()
            assert one.of(DIALER, "ann").status == "invited"
            one.watch()
            assert one.in_force() == before
            one.remind()
    assert (one.of(DIALER, "ann").status, one.in_force()) == ("failed", before)
