"""What a move counts, in the blobs that its functions print."""

from collections import Counter

import pytest

from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import RELEASE, calls
from tests.support.moves import Account
from tests.support.records import Printed


def seed(make_account: MakeAccount, count: int = 5) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(count)]
    return make_account(exports.export(exports.new_account_id("counted"), conversations=conversations))


def test_a_quiet_move_counts_what_it_did(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    printed = Printed(stack)
    account.move("chat")
    totals = printed.totals()
    assert totals.pop("MoveSeconds") > 0
    made = len(calls(account))
    zeros = {"VendorThrottles", "VendorErrors", "MovesPaused", "MovesRefused"}
    assert not zeros & totals.keys()
    totals.pop("MoveStalled", None)
    assert totals == {
        "MovesBegun": 1,
        "MovesDone": 1,
        "ConversationsCopied": 5,
        "ConversationsReleased": 5,
        "VendorCalls": made,
    }
    assert RELEASE in calls(account)


def test_metrics_are_written_once_an_invocation_without_a_dimension_of_a_customer(
    stack: LocalStack, make_account: MakeAccount
) -> None:
    account = seed(make_account)
    printed, before = Printed(stack), stack.invocations
    move = account.move("chat")["move_id"]
    stack.drain(30)
    blobs = printed.metrics()
    times = Counter(name for name, _ in blobs)
    assert all(times[name] <= stack.invocations[name] - before.get(name, 0) for name in times)
    for _, blob in blobs:
        (directive,) = blob["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("deskshift", [["service"]])
        assert blob["service"] == stack.name
        assert account.id not in str(blob)
        assert move not in str(blob)


@pytest.mark.parametrize(("fault", "metric"), [("429", "VendorThrottles"), ("500", "VendorErrors")])
def test_what_the_vendor_does_is_counted(stack: LocalStack, make_account: MakeAccount, fault: str, metric: str) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, f"{fault}=0.1")
    printed = Printed(stack)
    assert account.move("chat")["status"] == "done"
    done = account.sandbox.fault_counts(account.id)[fault]["done"]
    assert printed.totals()[metric] == done > 0
    assert printed.totals()["VendorCalls"] == len(calls(account))


def test_a_pause_and_a_refusal_and_a_quarantine_are_counted(stack: LocalStack, make_account: MakeAccount) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id")
    printed = Printed(stack)
    assert account.move("chat")["status"] == "paused"
    assert printed.totals()["MovesPaused"] == 1
    assert account.move("no-such-channel")["status"] == "refused"
    assert printed.totals()["MovesRefused"] == 1
