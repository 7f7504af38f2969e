import json
from collections import Counter
from typing import Any

import pytest

from tests.unit.infra.declared import FUNCTIONS, MACHINES, as_list, resources, statements

EVERY_RESOURCE_AS_AWS_DEMANDS = {
    # Log delivery is set up for the account; none of its actions knows a resource.
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    ("ChannelMoveMachine", "DeliverLogs"),
}
STATEMENTS = list(statements())
IDS = [f"{owner}-{statement['Sid']}" for owner, statement in STATEMENTS]


@pytest.mark.parametrize(("owner", "statement"), STATEMENTS, ids=IDS)
def test_a_statement_names_its_actions_and_resources(owner: str, statement: dict[str, Any]) -> None:
    assert statement["Effect"] == "Allow"
    assert [action for action in as_list(statement["Action"]) if "*" in action] == []
    everything = any(resource == "*" for resource in as_list(statement["Resource"]))
    assert everything == ((owner, statement["Sid"]) in EVERY_RESOURCE_AS_AWS_DEMANDS)


def test_a_functions_statements_have_names_of_their_own() -> None:
    counts = Counter((owner, statement["Sid"]) for owner, statement in STATEMENTS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_a_function_gets_no_managed_policy_from_the_template() -> None:
    policies = [policy for function in FUNCTIONS.values() for policy in function["Policies"]]
    assert all(isinstance(policy, dict) and "Statement" in policy for policy in policies)


def test_each_secret_is_read_by_those_who_need_it_alone() -> None:
    readers: dict[str, set[str]] = {"api-*": set(), "webhook-*": set(), "billing-*": set(), "client-*": set()}
    link: set[str] = set()
    for owner, statement in STATEMENTS:
        if "secretsmanager:GetSecretValue" in as_list(statement["Action"]):
            for resource in as_list(statement["Resource"]):
                if resource == {"Ref": "LinkSecret"}:
                    link.add(owner)
                    continue
                arn = resource["Fn::Sub"]
                assert ":secret:${AWS::StackName}/connections/*/" in arn
                readers[arn.rsplit("/", 1)[1]].add(owner)
    assert readers["webhook-*"] == {"ReceiveWebhookFunction"}
    assert "ReceiveWebhookFunction" not in readers["api-*"]
    assert readers["billing-*"] == {"PreviewBillingFunction", "MergeBillingFunction"}
    assert readers["client-*"] == {"AuthorizeCallbackFunction", "CollectTokenFunction", "WatchGrantsFunction"}
    invite = {"ReissueTokensFunction", "RemindPendingFunction", "OperateTokensFunction"}
    assert link == {"AuthorizeStartFunction", *invite}


def test_what_is_sealed_is_opened_by_those_who_need_it_alone() -> None:
    users = set()
    for owner, statement in STATEMENTS:
        for action in as_list(statement["Action"]):
            if action.startswith("kms:"):
                assert as_list(statement["Resource"]) == [{"Fn::GetAtt": ["TokensKey", "Arn"]}]
                users.add((owner, action, statement["Condition"]["StringEquals"]["kms:EncryptionContext:purpose"]))
    assert users == {
        ("AuthorizeStartFunction", "kms:Encrypt", "verifier"),
        ("AuthorizeCallbackFunction", "kms:Decrypt", "verifier"),
        ("AuthorizeCallbackFunction", "kms:Encrypt", "token"),
        ("CollectTokenFunction", "kms:Decrypt", "token"),
        ("WatchGrantsFunction", "kms:Decrypt", "token"),
    }


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_may_invoke_the_functions_of_its_definition_and_no_others(name: str) -> None:
    machine = MACHINES[name]
    invoked = [value for value in machine["DefinitionSubstitutions"].values() if "Fn::GetAtt" in value]
    (statement,) = [
        statement
        for owner, statement in STATEMENTS
        if owner == name and "lambda:InvokeFunction" in as_list(statement["Action"])
    ]
    assert sorted(map(json.dumps, statement["Resource"])) == sorted(map(json.dumps, invoked))


def test_the_machine_may_start_children_of_its_own_map() -> None:
    policy = resources("AWS::IAM::Policy")["ChannelMoveMapPolicy"]
    assert policy["Roles"] == [{"Ref": "ChannelMoveMachineRole"}]
    start, follow = policy["PolicyDocument"]["Statement"]
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", {"Ref": "ChannelMoveMachine"})
    assert all("execution:${ChannelMoveMachine.Name}" in resource["Fn::Sub"] for resource in follow["Resource"])


def test_no_log_holds_what_went_through_the_machine() -> None:
    for machine in MACHINES.values():
        assert machine["Logging"]["IncludeExecutionData"] is False
        assert machine["Logging"]["Level"] == "ERROR"
        assert machine["Tracing"] == {"Enabled": True}
        assert machine["Type"] == "STANDARD"
