from typing import Any

import pytest

from infra.local.stack.errors import TemplateError
from infra.local.stack.policies import Call, role_policies

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/moves"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object, **fields: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **fields}


@pytest.mark.parametrize(
    ("action", "resource", "call", "expected"),
    [
        ("dynamodb:PutItem", TABLE, Call("dynamodb:PutItem", TABLE), True),
        ("dynamodb:putitem", TABLE, Call("dynamodb:PutItem", TABLE), True),
        ("dynamodb:*Item", TABLE, Call("dynamodb:PutItem", TABLE), True),
        ("dynamodb:PutItem", f"{TABLE}/index/*", Call("dynamodb:PutItem", TABLE), False),
        ("dynamodb:Query", TABLE, Call("dynamodb:Query", f"{TABLE}/index/activity"), False),
        ("dynamodb:Query", f"{TABLE}/index/*", Call("dynamodb:Query", f"{TABLE}/index/activity"), True),
        ("s3:GetObject", "arn:aws:s3:::b/moves/*", Call("s3:GetObject", "arn:aws:s3:::b/moves/a/b"), True),
        ("s3:GetObject", "arn:aws:s3:::b/moves/*", Call("s3:GetObject", "arn:aws:s3:::b/reports/a"), False),
        ("s3:GetObject", "arn:aws:s3:::b/?", Call("s3:GetObject", "arn:aws:s3:::b/a"), True),
        ("s3:GetObject", "arn:aws:s3:::B/a", Call("s3:GetObject", "arn:aws:s3:::b/a"), False),
        (["a:B", "c:D"], ["x", "*"], Call("c:D", "anything"), True),
        ("a.B", "*", Call("aXB", "x"), False),
    ],
)
def test_matching(action: object, resource: object, call: Call, *, expected: bool) -> None:
    assert role_policies("role", [document(allow(action, resource))]).allow(call) is expected


def test_deny_wins() -> None:
    policies = role_policies(
        "role", [document(allow("s3:*", "*"), {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"})]
    )
    assert policies.allow(Call("s3:GetObject", "x"))
    assert not policies.allow(Call("s3:DeleteObject", "x"))


def test_nothing_is_allowed_by_default() -> None:
    assert not role_policies("role", []).allow(Call("s3:GetObject", "x"))


def test_a_condition_on_the_namespace() -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": "deskshift"}}
    policies = role_policies("role", [document(allow("cloudwatch:PutMetricData", "*", Condition=condition))])
    assert policies.allow(Call("cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", "deskshift"),)))
    assert not policies.allow(Call("cloudwatch:PutMetricData", "*", (("cloudwatch:namespace", "other"),)))
    assert not policies.allow(Call("cloudwatch:PutMetricData", "*"))


@pytest.mark.parametrize("fields", [{"NotAction": "a:b"}, {"Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}])
def test_what_cannot_be_matched_is_an_error(fields: dict[str, Any]) -> None:
    with pytest.raises(TemplateError, match="role"):
        role_policies("role", [document(allow("a:b", "*", **fields))])


def test_what_is_allowed_is_listed() -> None:
    policies = role_policies("role", [document(allow(["a:B", "a:C"], ["x", "y"]), allow("d:E", "*"))])
    assert policies.allowed() == {("a:B", "x"), ("a:B", "y"), ("a:C", "x"), ("a:C", "y"), ("d:E", "*")}
