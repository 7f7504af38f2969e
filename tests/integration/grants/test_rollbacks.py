"""That an account goes back is a mark of its own, beside its grants."""

import pytest

from deskshift.store.grants import Grants
from deskshift.store.reissue_batches import ReissueBatches
from deskshift.store.rollbacks import Rollbacks
from tests.support.reissues import reissue


@pytest.fixture
def marks(grants_table: str, region: str) -> Rollbacks:
    return Rollbacks(grants_table, region)


def test_how_far_the_rollback_of_an_account_is(marks: Rollbacks) -> None:
    assert marks.stage("acme") is None
    marks.put("acme", "announced")
    assert (marks.stage("acme"), marks.stage("other")) == ("announced", None)
    marks.put("acme", "begun")
    assert marks.stage("acme") == "begun"
    marks.end("acme")
    assert marks.stage("acme") is None


def test_a_mark_is_no_reissue_and_no_batch(marks: Rollbacks, grants_table: str, region: str) -> None:
    grants = Grants(grants_table, region)
    made = grants.open("key", reissue())
    marks.put("acme", "begun")
    assert list(grants.of_account("acme")) == [made]
    assert list(grants.open_everywhere()) == [made]
    assert ReissueBatches(grants_table, region).of_account("acme") == []
