"""A request for all grants is recorded once; a late writer loses."""

import msgspec
import pytest

from deskshift.model.errors import LateWriter, UnknownBatch
from deskshift.model.reissue import Batch, ReissueRequest
from deskshift.store.grants import Grants
from deskshift.store.reissue_batches import ReissueBatches
from tests.support.lost_answers import answer_lost
from tests.support.reissues import reissue

REQUEST = ReissueRequest(request_id="all-1", account_id="acme", requested_by="operator")
BATCH = Batch(
    account_id="acme",
    batch_id="batch-1",
    request=REQUEST,
    opened_at="2026-12-01T12:00:00.000Z",
    grants=3,
)


@pytest.fixture
def batches(grants_table: str, region: str) -> ReissueBatches:
    return ReissueBatches(grants_table, region)


def changed(one: Batch, **fields: object) -> Batch:
    return msgspec.structs.replace(one, **fields)


def test_a_batch_is_recorded_once(batches: ReissueBatches) -> None:
    made = batches.create(BATCH)
    assert made == changed(BATCH, lock=1)
    assert batches.create(changed(BATCH, grants=9)) == made
    assert batches.get("acme", "batch-1") == made
    assert batches.of_account("acme") == [made]


def test_what_is_not_there(batches: ReissueBatches) -> None:
    with pytest.raises(UnknownBatch):
        batches.get("acme", "batch-1")
    assert batches.find("acme", "batch-1") is None
    assert batches.of_account("acme") == []


def test_a_late_writer_loses_also_with_the_same(batches: ReissueBatches) -> None:
    made = batches.create(BATCH)
    saved = batches.save(changed(made, grants=3))
    for late in (changed(made, grants=3), changed(made, grants=2)):
        with pytest.raises(LateWriter):
            batches.save(late)
    assert batches.get("acme", "batch-1") == saved


def test_a_write_that_is_sent_twice_meets_itself_and_nobody_else(batches: ReissueBatches) -> None:
    with answer_lost("PutItem"):
        made = batches.create(BATCH)
    with answer_lost("PutItem"):
        saved = batches.save(changed(made, grants=1))
    assert batches.get("acme", "batch-1") == saved

    def meanwhile() -> None:
        batches.save(changed(batches.get("acme", "batch-1"), grants=3))

    with answer_lost("PutItem", meanwhile), pytest.raises(LateWriter):
        batches.save(changed(saved, grants=2))


def test_a_batch_that_never_was_is_not_saved(batches: ReissueBatches) -> None:
    with pytest.raises(LateWriter):
        batches.save(BATCH)


def test_the_batches_of_an_account_are_no_reissues(batches: ReissueBatches, grants_table: str, region: str) -> None:
    grants = Grants(grants_table, region)
    grants.open("key", reissue())
    batches.create(BATCH)
    batches.create(changed(BATCH, account_id="other"))
    assert [one.account_id for one in grants.open_everywhere()] == ["acme"]
    assert [len(batches.of_account(one)) for one in ("acme", "other")] == [1, 1]
