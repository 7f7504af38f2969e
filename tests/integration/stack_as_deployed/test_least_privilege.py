"""What each function did is what its role allows it to do, both ways; and every function was at work."""

import re

import pytest

from infra.local.stack import LocalStack
from tests.integration.stack_as_deployed.played import Played
from tests.unit.infra.declared import FUNCTIONS

NAMES = {str(properties["CodeUri"]).rsplit("/", 1)[-1] for properties in FUNCTIONS.values()}
Rights = set[tuple[str, str]]

# AWS itself follows and stops the child executions of a distributed map with the machine's role.
FOR_THE_MAP = {"states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"}


def fits(pattern: str, resource: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), resource) is not None


def never_used(allowed: Rights, calls: Rights) -> Rights:
    return {
        (action, pattern)
        for action, pattern in allowed
        if not any(called == action and fits(pattern, resource) for called, resource in calls)
    }


def not_allowed(allowed: Rights, calls: Rights) -> Rights:
    return {
        (called, resource)
        for called, resource in calls
        if not any(called == action and fits(pattern, resource) for action, pattern in allowed)
    }


@pytest.mark.parametrize("function", [*sorted(NAMES), "ChannelMoveMachine"])
def test_calls_and_rights_are_the_same(stack: LocalStack, played: Played, function: str) -> None:
    allowed, calls = stack.allowed[function], stack.calls.get(function, set())
    unused = never_used(allowed, calls)
    if function == "ChannelMoveMachine":
        unused = {right for right in unused if right[0] not in FOR_THE_MAP}
    assert unused == set()
    assert not_allowed(allowed, calls) == set()
    assert len(calls) >= 1


def test_no_right_names_more_than_one_service_action_or_every_resource(stack: LocalStack) -> None:
    wide = {
        (name, right)
        for name, rights in stack.allowed.items()
        for right in rights
        if "*" in right[0] or right[1] == "*"
    }
    assert wide == set()


def test_a_right_that_is_never_used_and_a_call_that_is_not_allowed_would_be_seen() -> None:
    allowed = {("s3:GetObject", "arn:aws:s3:::b/moves/*"), ("s3:PutObject", "arn:aws:s3:::b/moves/*")}
    calls = {("s3:GetObject", "arn:aws:s3:::b/moves/a"), ("s3:GetObject", "arn:aws:s3:::b/reports/a")}
    assert never_used(allowed, calls) == {("s3:PutObject", "arn:aws:s3:::b/moves/*")}
    assert not_allowed(allowed, calls) == {("s3:GetObject", "arn:aws:s3:::b/reports/a")}


def test_every_function_of_the_template_was_at_work(stack: LocalStack, played: Played) -> None:
    assert set(stack.invocations) == set(stack.function_names)
    assert set(stack.function_names) == NAMES
