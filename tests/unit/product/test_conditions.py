"""A write that failed is told apart by why: its condition did not hold, or nobody knows what became of it."""

from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import PutError

from deskshift.store.tables import refused_by_condition


def _answered(code: str) -> PutError:
    return PutError(cause=ClientError({"Error": {"Code": code, "Message": ""}}, "PutItem"))


def test_only_a_condition_that_did_not_hold_is_one() -> None:
    assert refused_by_condition(_answered("ConditionalCheckFailedException"))
    assert not refused_by_condition(_answered("ProvisionedThroughputExceededException"))


def test_a_lost_answer_is_none() -> None:
    assert not refused_by_condition(PutError(cause=ReadTimeoutError(endpoint_url="https://aws.example")))
