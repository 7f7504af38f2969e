"""All grants of an account: in equals out, clients byte for byte, reminders; messages that come twice, or in vain."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeReissuing
from tests.support.moves import LONG, Json
from tests.support.reissuing import COMMIT_WINDOW, CRM, DIALER, EXPORT, PEOPLE, QUEUE, WIDGET, Reissuing, later

ALL = 8
MANY = int(os.environ.get("LOAD_GRANTS", "40"))


@pytest.mark.requirement("Z-17", "Z-18", "Z-19")
def test_all_grants_of_an_account_and_what_became_of_each(reissuing: MakeReissuing) -> None:
    one = reissuing()
    clients, before = one.clients(), one.in_force()
    one.ask()
    reissues = {(each.client_id, each.agent_id): each for each in one.all()}
    assert len(reissues) == ALL
    assert {each.route for each in reissues.values()} == {"direct", "brokered", "machine", "manual"}
    assert {len(one.letters(agent)) for agent in ("eve", "sam")} == {1}
    subjects = {agent: one.letters(agent)[-1]["subject"] for agent in PEOPLE}
    assert (subjects["eve"].split()[0], subjects["sam"].split()[0]) == ("Prosimy", "Bitte")  # hers, and the account's
    pending = {(each["client_id"], each["agent_id"]) for each in one.pending()}
    assert pending == set(reissues)
    assert one.follow("eve").ended == "connected"
    assert one.follow("sam", "decline", one.links("sam")[-1]).status == 200
    one.watch()
    report = one.report()
    assert (report["grants_in"], report["grants_out"]) == (ALL, ALL)
    assert (report["balanced"], report["complete"]) == (True, False)
    assert report["outcomes"] == {"invited": ALL - 2, "verified": 1, "declined": 1}
    assert report["missing"] == []
    assert len(report["pending"]) == ALL - 1
    assert {each["client_id"]: bool(each["reasons"]) for each in report["to_check"]} == dict.fromkeys(clients, True)
    assert report["clients_unchanged"] is True
    assert one.clients() == clients
    assert before < one.in_force()


@pytest.mark.requirement("Z-18")
def test_who_has_not_authorized_is_reminded_by_the_policys_days(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask(CRM, "eve")
    one.ask(CRM, "sam")
    one.follow("sam", "decline", one.links("sam")[-1])
    for days, letters in ((6, 1), (8, 2), (8, 2), (22, 3), (29, 4)):  # what was missed is made up for by one
        with later(timedelta(days=days)):
            assert one.remind() == 0
        assert len(one.letters("eve")) == letters
    assert one.letters("eve")[-1]["subject"].startswith("Przypomnienie")
    assert len(one.letters("sam")) == 1


def test_a_message_that_comes_again_has_the_same_result(reissuing: MakeReissuing) -> None:
    one = reissuing()
    first = one.ask(CRM, "ann")
    for number in range(2):
        one.send(one.body(CRM, "ann"), dedup=f"again-{one.id}-{number}")
        one.stack.drain(LONG)
    assert one.rounds(CRM, "ann") == [first]
    assert len(one.letters("ann")) == 1
    one.send(one.body(CRM, "ann", request_id="request-2"))  # another request finds it open, and joins
    one.stack.drain(LONG)
    assert [each.joined for each in one.rounds(CRM, "ann")] == [("request-2",)]
    one.follow("ann", "decline", one.links("ann")[-1])
    for request in ("request-1", "request-2"):
        one.send(one.body(CRM, "ann", request_id=request), dedup=f"late-{one.id}-{request}")
    one.stack.drain(LONG)
    assert [each.status for each in one.rounds(CRM, "ann")] == ["declined"]


def test_all_grants_asked_for_twice_are_one_batch(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.ask()
    reissues = one.all()
    one.send(one.body(), dedup=f"again-{one.id}")
    one.stack.drain(LONG)
    assert one.all() == reissues
    assert {len(one.letters(agent)) for agent in ("eve", "sam")} == {1}


def test_many_grants_are_all_accounted_for(reissuing: MakeReissuing) -> None:
    """`make load` does it with a thousand."""
    one = reissuing(people=MANY)
    before = one.in_force()
    one.send(one.body())
    one.stack.drain(6 * LONG)
    report = one.report()
    assert (report["grants_in"], report["grants_out"], report["balanced"]) == (MANY + ALL, MANY + ALL, True)
    assert report["outcomes"] == {"invited": MANY + ALL}
    reissues = one.all()
    assert {each.invitations_sent for each in reissues} == {1}
    written = [letter["agent_id"] for letter in one.sandbox.state(one.id)["messages"]]
    assert set(written) >= {f"person-{number}" for number in range(MANY)}
    assert len(written) == len({letter["id"] for letter in one.sandbox.state(one.id)["messages"]})
    assert one.in_force() == before


def _record(one: Reissuing, number: int) -> Json:
    body = one.body(CRM, "bob", request_id=f"request-{number}")
    attributes = {"MessageGroupId": f"grant-{number}", "ApproximateReceiveCount": "1"}
    return {"messageId": f"message-{number}", "body": json.dumps(body), "attributes": attributes}


def test_32_messages_at_once_for_one_grant_open_one_reissue(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    event = [{"Records": [_record(one, number)]} for number in range(32)]

    def handled(given: Json) -> str:
        for _ in range(20):
            try:
                one.stack.invoke("reissue_tokens", given)
            except FunctionFailed as error:
                if error.error_type != "LateWriter":
                    return error.error_type
            else:
                return "done"
        return "given up"  # the queue would bring it again

    with ThreadPoolExecutor(32) as at_once:
        assert set(at_once.map(handled, event)) == {"done"}
    (reissue,) = one.rounds(CRM, "bob")
    assert {reissue.request.request_id, *reissue.joined} == {f"request-{number}" for number in range(32)}
    assert len(one.letters("bob")) == 1
    assert one.in_force() == before


def test_a_request_that_can_never_succeed_is_a_dead_letter_with_its_reason(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.send(one.body(CRM, "nobody"))
    one.send(one.body(CRM, "ann", agent="ann", request_id="request-2"))
    one.stack.send(QUEUE, {"account_id": one.id, "agent_id": "ann"}, group_id=one.id)
    one.stack.drain(LONG)
    letters = {letter.attributes["error_code"]: letter.attributes["reason"] for letter in one.dead_letters()}
    assert set(letters) == {"unknown_grant", "invalid_field"}
    assert len(one.dead_letters()) == 3
    assert one.all() == []


@pytest.mark.requirement("Z-18")
def test_who_never_had_a_token_gets_none(reissuing: MakeReissuing) -> None:
    one = reissuing()
    one.send(one.body(DIALER, "eve"))  # client and agent there are, and no grant
    one.send(one.body(WIDGET, "bob", request_id="request-2"))  # a grant without a token is one
    one.stack.drain(LONG)
    assert [letter.attributes["error_code"] for letter in one.dead_letters()] == ["unknown_grant"]
    assert one.letters("eve") == []
    (opened,) = one.all()
    assert (opened.client_id, opened.scopes) == (WIDGET, ("read", "write"))


def test_a_machine_that_waits_is_answered(reissuing: MakeReissuing) -> None:
    one = reissuing()
    done = one.waited_for(one.body(CRM, "ann"))
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"]) == {
        "account_id": one.id,
        "reissue_id": one.of(CRM, "ann").reissue_id,
        "status": "invited",
    }
    failed = one.waited_for(one.body(CRM, "nobody", request_id="request-2"))
    assert (failed["status"], failed["error"]) == ("FAILED", "unknown_grant")
    whole = one.waited_for(one.body(request_id="request-3"))
    assert json.loads(whole["output"])["grants"] == ALL


@pytest.mark.requirement("Z-31")
def test_a_rollback_revokes_the_new_and_keeps_the_old(reissuing: MakeReissuing) -> None:
    one = reissuing()
    before = one.in_force()
    for client, agent in ((CRM, "ann"), (DIALER, "bob"), (CRM, "sam")):
        one.ask(client, agent)
        if agent != "sam":
            one.follow(agent)
    one.watch()
    rolled = one.order("roll_back")["reissues"]
    assert {each["status"] for each in rolled} == {"withdrawn"}
    assert one.in_force() == before
    assert one.collect().json == {"waiting": []}
    assert one.use(CRM, "ann", "old-crm-ann")["token_id"] == "old-crm-ann"
    assert {each["status"] for each in one.order("roll_back", request_id="again")["reissues"]} == {"withdrawn"}


@pytest.mark.requirement("Z-31")
def test_after_retirement_a_rollback_is_refused_and_does_nothing(reissuing: MakeReissuing) -> None:
    one = reissuing()
    for agent in ("ann", "bob"):
        one.ask(CRM, agent)
        one.follow(agent)
    one.watch()
    one.ask(EXPORT)
    with later(COMMIT_WINDOW):
        one.retire()
    now = one.in_force()
    with pytest.raises(FunctionFailed, match="commit window has closed"):
        one.order("roll_back")
    assert one.in_force() == now
    assert one.of(EXPORT).status == "invited"


def test_accounts_do_not_see_each_other(reissuing: MakeReissuing) -> None:
    one, other = reissuing(), reissuing()
    mine, theirs = one.ask(DIALER, "ann"), other.ask(DIALER, "ann")
    assert mine is not None
    assert theirs is not None
    assert {each.reissue_id for each in one.all()}.isdisjoint({each.reissue_id for each in other.all()})
    moved = other.links("ann")[0].replace(theirs.reissue_id, mine.reissue_id)
    assert one.follow("ann", link=moved).status == 404
    assert one.follow("ann", link=one.links("ann")[0].replace(one.id, other.id)).status == 404
    other.follow("ann")
    assert other.collect().json["waiting"] != []
    assert one.collect().json == {"waiting": []}
    assert one.collect(secret=other.secret).status == 401
    assert one.collect(reissue_id=theirs.reissue_id).json["error"] == "nothing_to_collect"
    with pytest.raises(FunctionFailed, match="has no reissue"):
        one.order("withdraw", theirs)
    assert other.of(DIALER, "ann").status == "verified"
