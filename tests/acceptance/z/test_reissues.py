"""A grant's reissue from the message to its end, through the deployed stack: each route, and each way to end."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.reissuing import (
    COMMIT_WINDOW,
    CRM,
    DEADLINE,
    DIALER,
    EXPORT,
    WIDGET,
    later,
)


@pytest.mark.requirement("Z-18")
def test_direct_an_agent_authorizes_at_the_integrations_own_start(reissuing: MakeReissuing) -> None:
    one = reissuing()
    others = one.in_force() - {"old-crm-ann"}
    opened = one.ask(CRM, "ann")
    assert opened is not None
    assert (opened.route, opened.status, opened.invitations_sent) == ("direct", "invited", 1)
    (letter,) = one.letters("ann")
    assert letter["subject"].startswith("Autorize novamente CRM & Co.")  # pt-BR
    assert one.follow("ann").ended == "connected"
    assert one.watch() == 0
    verified = one.of(CRM, "ann")
    assert (verified.status, verified.old_token) == ("verified", "in_force")
    one.use(CRM, "ann", "old-crm-ann")  # until the commit window has closed both work
    one.use(CRM, "ann")
    one.retire()
    assert one.of(CRM, "ann").status == "verified"
    with later(COMMIT_WINDOW):
        one.retire()
    done = one.of(CRM, "ann")
    assert (done.status, done.old_token, done.successor) == ("confirmed", "retired", verified.successor)
    assert one.tokens(CRM, "ann")["old-crm-ann"]["revoked"]
    assert one.in_force() == others | {done.successor}
    assert one.use(CRM, "ann")["token_id"] == done.successor


@pytest.mark.requirement("Z-18")
def test_brokered_deskshift_is_the_client_until_the_integration_has_collected(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(DIALER, "bob")
    assert opened is not None
    assert opened.route == "brokered"
    (link, _) = one.links("bob")
    assert link.startswith(f"{one.stack.http_url}/oauth/{one.id}/invitations/{opened.reissue_id}?key=")
    played = one.follow("bob")
    assert (played.ended, played.status) == ("decided", 200)
    verified = one.of(DIALER, "bob")
    assert (verified.status, verified.exchange_at) == ("verified", None)
    listed = one.collect().json["waiting"]
    assert listed == [{"reissue_id": opened.reissue_id, "agent_id": "bob"}]
    first = one.collect(reissue_id=opened.reissue_id)
    assert (first.status, first.headers["cache-control"]) == (200, "no-store")
    again = one.collect(reissue_id=opened.reissue_id)
    assert again.json == first.json
    assert one.of(DIALER, "bob").status == "collected"
    assert one.keep(first.json) | {"agent_id": "bob"} == one.keep(first.json)
    for _ in range(2):
        assert one.collect(reissue_id=opened.reissue_id, acknowledge="true").json == {"acknowledged": True}
    gone = one.collect(reissue_id=opened.reissue_id)
    assert (gone.status, gone.json["error"]) == (400, "acknowledged")
    with later(COMMIT_WINDOW):
        one.retire()
    done = one.of(DIALER, "bob")
    assert (done.status, done.old_token) == ("confirmed", "retired")
    assert one.tokens(DIALER, "bob")["old-dialer-bob"]["revoked"]
    assert one.use(DIALER, "bob")["token_id"] == done.successor


@pytest.mark.requirement("Z-18")
def test_machine_a_client_asks_for_its_own_and_needs_no_person(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(EXPORT)
    assert opened is not None
    assert opened.route == "machine"
    assert [letter["subject"] for letter in one.letters("admin")]  # its owner is told what to do
    one.sandbox.integrate(one.id, EXPORT, "client_credentials")
    one.watch()
    assert one.of(EXPORT).status == "verified"
    with one.everybody_later(COMMIT_WINDOW):
        one.sandbox.integrate(one.id, EXPORT, "client_credentials")  # the one before has expired meanwhile
        one.watch()
        one.retire()
    assert (one.of(EXPORT).status, one.of(EXPORT).old_token) == ("confirmed", "retired")


@pytest.mark.requirement("Z-19")
def test_manual_is_an_operators_task(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(WIDGET, "bob")
    assert opened is not None
    assert opened.route == "manual"
    assert "API key" in (opened.reason or "")
    assert one.letters("bob") == []
    assert one.order("confirm", opened)["status"] == "confirmed"
    assert one.of(WIDGET, "bob").old_token == "operator_task"


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("client_id", [CRM, DIALER])
def test_an_agent_declines_and_nothing_is_revoked(reissuing: MakeReissuing, client_id: str) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(client_id, "bob")
    assert one.follow("bob", "decline", one.links("bob")[-1]).status == 200
    ended = one.of(client_id, "bob")
    assert (ended.status, ended.old_token) == ("declined", "in_force")
    assert one.follow("bob", "decline", one.links("bob")[-1]).status == 200  # twice is fine
    assert one.in_force() == before


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("client_id", [CRM, DIALER])
def test_nobody_authorizes_before_the_deadline(reissuing: MakeReissuing, client_id: str) -> None:
    one = reissuing()
    one.ask(client_id, "bob")
    with later(DEADLINE):
        one.watch()
        assert one.follow("bob", link=one.links("bob")[-1]).ended == "lost"
    assert (one.of(client_id, "bob").status, one.of(client_id, "bob").old_token) == ("expired", "in_force")


@pytest.mark.requirement("Z-18")
def test_an_operator_extends_withdraws_and_invites_again_after_an_end(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(CRM, "eve")
    assert opened is not None
    with pytest.raises(FunctionFailed, match="moved further"):
        one.order("extend", opened, until="2026-01-01T00:00:00Z")
    until = (datetime.now(UTC) + timedelta(days=360)).strftime("%Y-%m-%dT00:00:00.000Z")
    assert one.order("extend", opened, until=until)["deadline"] == until
    again = one.order("invite", opened)
    assert (again["invitations"], again["invitations_sent"], again["deadline"]) == (2, 2, until)
    assert len(one.letters("eve")) == 2
    assert one.order("withdraw", opened)["status"] == "withdrawn"
    anew = one.order("invite", opened, request_id="invite-2")
    assert (anew["status"], anew["round"]) == ("invited", 2)
    assert [each.status for each in one.rounds(CRM, "eve")] == ["withdrawn", "invited"]
    assert one.follow("eve").ended == "connected"
    one.watch()
    assert one.of(CRM, "eve").status == "verified"
    with pytest.raises(FunctionFailed, match="only a rollback"):
        one.order("withdraw", one.of(CRM, "eve"))


@pytest.mark.requirement("Z-18")
def test_another_person_authorizes_and_their_token_is_revoked(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    one.ask(DIALER, "bob")
    played = one.follow("bob", as_="eve")
    assert played.status == 400
    ended = one.of(DIALER, "bob")
    assert (ended.status, ended.old_token) == ("wrong_person", "in_force")
    assert one.in_force() == before
    assert [token["revoked"] for token in one.tokens(DIALER, "eve").values()] == [True]
    assert one.collect().json == {"waiting": []}


@pytest.mark.requirement("Z-18")
def test_who_does_not_collect_is_revoked_and_the_agent_invited_again(reissuing: MakeReissuing) -> None:
    one = reissuing()
    opened = one.ask(DIALER, "ann")
    assert opened is not None
    one.follow("ann")
    made = one.of(DIALER, "ann").successor
    with later(timedelta(minutes=16)):
        late = one.collect(reissue_id=opened.reissue_id)
        assert (late.status, late.json["error"]) == (400, "collection_over")
        one.watch()
        one.remind()
    again = one.of(DIALER, "ann")
    assert (again.status, again.invitations, again.invitations_sent) == ("invited", 2, 2)
    assert one.tokens(DIALER, "ann")[str(made)]["revoked"]
    assert not one.tokens(DIALER, "ann")["old-dialer-ann"]["revoked"]
    one.follow("ann")
    assert one.collect(reissue_id=opened.reissue_id).status == 200
