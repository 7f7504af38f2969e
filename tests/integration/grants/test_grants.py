"""Each grant has at most one open reissue and one successor, whoever writes at the same time; an end stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import boto3
import msgspec
import pytest
from pynamodb.exceptions import TransactWriteError

from deskshift.domain.tokens.ids import grant_key, reissue_id
from deskshift.domain.tokens.opening import next_round
from deskshift.model.errors import LateWriter, UnknownReissue
from deskshift.model.reissue import Reissue
from deskshift.store.grants import Grants
from tests.support.lost_answers import answer_lost, cancelled
from tests.support.reissues import AGENT, CLIENT, NOW, REQUEST, after, reissue
from tests.support.reissues import token as made_token

KEY = grant_key("acme", CLIENT, AGENT)
TRANSACT = "TransactWriteItems"


@pytest.fixture
def grants(grants_table: str, region: str) -> Grants:
    return Grants(grants_table, region)


def changed(one: Reissue, **fields: object) -> Reissue:
    return msgspec.structs.replace(one, **fields)


def ended(grants: Grants, one: Reissue) -> Reissue:
    return grants.save(KEY, changed(one, status="declined", ended_at="2026-12-02T00:00:00.000Z"))


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Do all at the same time; an error is a result, too."""
    ready = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        ready.wait(30)
        try:
            return work()
        except LateWriter as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_what_was_opened_is_read_again(grants: Grants) -> None:
    made = grants.open(KEY, reissue())
    assert made == reissue(lock=1)
    assert grants.get("acme", made.reissue_id) == grants.find("acme", made.reissue_id) == made
    assert grants.of_grant("acme", KEY) == list(grants.of_account("acme")) == [made]


def test_what_is_not_there(grants: Grants) -> None:
    with pytest.raises(UnknownReissue):
        grants.get("acme", "reissue-x")
    assert grants.find("acme", "reissue-x") is None
    assert grants.of_grant("acme", KEY) == []


def test_of_32_that_open_a_grant_at_once_one_does_and_all_have_its_reissue(grants: Grants) -> None:
    requests = [msgspec.structs.replace(REQUEST, request_id=f"request-{number}") for number in range(32)]
    works = [lambda one=one: grants.open(KEY, reissue(request=one)) for one in requests]
    found = at_once(works)  # type: ignore[arg-type]  # mypy does not see through the defaults
    assert len({msgspec.json.encode(one) for one in found}) == 1
    assert list(grants.of_account("acme")) == [found[0]]


def test_of_32_that_save_the_same_at_once_one_does(grants: Grants) -> None:
    made = grants.open(KEY, reissue())
    begun = changed(made, exchange_at="2026-12-01T12:00:00.000Z")
    found = at_once([lambda: grants.save(KEY, begun)] * 32)
    assert sum(isinstance(one, Reissue) for one in found) == 1
    assert sum(isinstance(one, LateWriter) for one in found) == 31


def test_of_32_successors_one_is_the_grants(grants: Grants) -> None:
    made = grants.open(KEY, reissue())
    works = [lambda one=one: grants.save(KEY, changed(made, successor=f"new-{one}")) for one in range(32)]
    found = at_once(works)  # type: ignore[arg-type]  # as above
    (saved,) = (one for one in found if isinstance(one, Reissue))
    assert grants.get("acme", made.reissue_id) == saved


def test_a_late_writer_loses(grants: Grants) -> None:
    made = grants.open(KEY, reissue())
    grants.save(KEY, changed(made, reason="first"))
    with pytest.raises(LateWriter):
        grants.save(KEY, changed(made, reason="late"))
    assert grants.get("acme", made.reissue_id).reason == "first"


def test_an_end_is_never_changed(grants: Grants) -> None:
    end = ended(grants, grants.open(KEY, reissue()))
    with pytest.raises(LateWriter):
        grants.save(KEY, changed(end, status="confirmed"))
    assert grants.get("acme", end.reissue_id) == end


def test_an_end_is_not_changed_while_the_next_round_is_open_either(grants: Grants) -> None:
    end = ended(grants, grants.open(KEY, reissue()))
    second = grants.open(KEY, next_round(reissue(), [end]))
    with pytest.raises(LateWriter):
        grants.save(KEY, changed(end, status="confirmed"))
    assert grants.of_grant("acme", KEY) == [end, second]


def test_after_an_end_the_next_round_is_opened_once(grants: Grants) -> None:
    first = ended(grants, grants.open(KEY, reissue()))
    found = at_once([lambda: grants.open(KEY, next_round(reissue(), [first]))] * 8)
    assert len({msgspec.json.encode(one) for one in found}) == 1
    rounds = grants.of_grant("acme", KEY)
    assert [one.reissue_id for one in rounds] == [reissue_id("acme", CLIENT, AGENT, number) for number in (1, 2)]
    assert [one.is_open for one in rounds] == [False, True]


def test_a_round_that_is_not_the_next_is_not_opened(grants: Grants) -> None:
    first = ended(grants, grants.open(KEY, reissue()))
    for number in (1, 3):
        identity = reissue_id("acme", CLIENT, AGENT, number)
        with pytest.raises(LateWriter):
            grants.open(KEY, reissue(round=number, reissue_id=identity))
    assert grants.of_grant("acme", KEY) == [first]


def test_the_first_round_of_a_grant_that_has_an_open_one_is_that(grants: Grants) -> None:
    first = ended(grants, grants.open(KEY, reissue()))
    second = grants.open(KEY, next_round(reissue(), [first]))
    assert grants.open(KEY, reissue()) == second


@pytest.mark.parametrize("one", [reissue(), reissue(old=())])
def test_an_opening_that_is_sent_twice_meets_itself(grants: Grants, one: Reissue) -> None:
    with answer_lost(TRANSACT) as twice:
        made = grants.open(KEY, one)
    assert (twice, made) == ([TRANSACT], changed(one, lock=1))


def test_an_opening_that_is_sent_twice_and_was_ended_in_between_is_looked_at_again(grants: Grants) -> None:
    def meanwhile() -> None:
        ended(grants, grants.get("acme", reissue().reissue_id))

    with answer_lost(TRANSACT, meanwhile), pytest.raises(LateWriter):
        grants.open(KEY, reissue())


@pytest.mark.parametrize("fields", [{"reason": "x"}, {"status": "declined"}])
def test_a_write_that_is_sent_twice_meets_itself(grants: Grants, fields: dict[str, object]) -> None:
    made = grants.open(KEY, reissue())
    with answer_lost(TRANSACT) as twice:
        saved = grants.save(KEY, changed(made, **fields))
    assert twice == [TRANSACT]
    assert grants.get("acme", made.reissue_id) == saved == changed(made, lock=2, **fields)


def test_a_write_that_is_sent_twice_does_not_meet_anothers(grants: Grants) -> None:
    made = grants.open(KEY, reissue())

    def meanwhile() -> None:
        grants.save(KEY, changed(grants.get("acme", made.reissue_id), reason="theirs"))

    with answer_lost(TRANSACT, meanwhile), pytest.raises(LateWriter):
        grants.save(KEY, changed(made, reason="mine"))
    assert grants.get("acme", made.reissue_id).reason == "theirs"


def test_nothing_of_a_transaction_that_is_cancelled_is_there(grants: Grants) -> None:
    first = ended(grants, grants.open(KEY, reissue(successor="new")))
    with pytest.raises(LateWriter):
        grants.open(KEY, reissue(round=3, reissue_id=reissue_id("acme", CLIENT, AGENT, 3)))
    assert list(grants.of_account("acme")) == grants.of_grant("acme", KEY) == [first]


def test_open_ones_of_all_accounts_are_found_and_ended_ones_are_not(grants: Grants) -> None:
    other = reissue(account_id="other", reissue_id=reissue_id("other", CLIENT, AGENT))
    mine, theirs = grants.open(KEY, reissue()), grants.open(grant_key("other", CLIENT, AGENT), other)
    assert sorted(one.account_id for one in grants.open_everywhere()) == ["acme", "other"]
    assert (grants.open_of_account("acme"), grants.open_of_account("other")) == ([mine], [theirs])
    ended(grants, mine)
    assert [one.account_id for one in grants.open_everywhere()] == ["other"]
    assert grants.open_of_account("acme") == []


def test_accounts_never_see_each_others(grants: Grants) -> None:
    """Even with the same key and the same id, which their ids do not give them."""
    mine = grants.open(KEY, reissue())
    theirs = grants.open(KEY, reissue(account_id="other", reason="theirs"))
    ended(grants, mine)
    assert grants.get("other", mine.reissue_id) == theirs
    assert list(grants.of_account("other")) == grants.of_grant("other", KEY) == [theirs]
    assert grants.open(KEY, reissue(account_id="third", round=1)).account_id == "third"


def test_more_grants_than_one_answer_holds_are_read_to_the_last(grants: Grants) -> None:
    agents = [f"agent-{number}" for number in range(200)]  # and more than a megabyte, where a query's answer ends
    for agent in agents:
        one = reissue(agent_id=agent, reissue_id=reissue_id("acme", CLIENT, agent), old=(made_token(agent, NOW),) * 50)
        grants.open(grant_key("acme", CLIENT, agent), one)
    assert sorted(str(one.agent_id) for one in grants.of_account("acme")) == sorted(agents)
    assert len(list(grants.open_everywhere())) == len(agents)


def test_a_transaction_that_fails_for_another_reason_is_an_error(grants: Grants, region: str) -> None:
    with pytest.raises(TransactWriteError):
        Grants("no-such-table", region).open(KEY, reissue())


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        (["TransactionConflict", "None"], LateWriter),
        (["None", "ConditionalCheckFailed"], LateWriter),
        (["ConditionalCheckFailed", "ThrottlingError"], TransactWriteError),
        (["ValidationError", "None"], TransactWriteError),
    ],
)
def test_what_others_are_writing_is_looked_at_again_and_a_busy_table_is_an_error(
    grants: Grants, reasons: list[str], error: type[Exception]
) -> None:
    made = grants.open(KEY, reissue())
    with cancelled(reasons), pytest.raises(error):
        grants.save(KEY, changed(made, reason="x"))
    with cancelled(reasons), pytest.raises(error):
        grants.open(grant_key("acme", CLIENT, "bob"), reissue())
    assert list(grants.of_account("acme")) == [made]


def test_times_and_fields_come_back_as_they_were(grants: Grants, grants_table: str) -> None:
    full = reissue(
        successor="new",
        dropped_scopes=(("admin", "not theirs"),),
        joined=("request-2",),
        invited_at="2026-12-01T12:00:00.000Z",
        old=(made_token("a", after(days=-1), last_used_at="2026-11-30T12:00:00.000Z"),),
        to_revoke=("new",),
        becomes="withdrawn",
    )
    made = grants.open(KEY, full)
    assert grants.get("acme", made.reissue_id) == changed(full, lock=1)
    items = boto3.client("dynamodb").scan(TableName=grants_table)["Items"]
    assert sorted(item["item"]["S"].split("#")[0] for item in items) == ["grant", "reissue"]
