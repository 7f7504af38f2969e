import pytest

from tests.unit.infra.declared import FUNCTIONS, GLOBALS, MACHINES

SHARED = GLOBALS["Environment"]["Variables"]


def test_a_name_has_one_value_in_the_whole_template() -> None:
    values: dict[str, list[object]] = {name: [value] for name, value in SHARED.items()}
    for function in FUNCTIONS.values():
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            values.setdefault(name, []).append(value)
    several = {name: found for name, found in values.items() if any(value != found[0] for value in found)}
    assert several == {}


def test_every_function_knows_tables_bucket_and_queues() -> None:
    assert {name: value for name, value in SHARED.items() if isinstance(value, dict)} == {
        "BUCKET": {"Ref": "Bucket"},
        "CHANGES_DEAD_LETTER_QUEUE_URL": {"Ref": "ChangesDeadLetterQueue"},
        "CHANGES_QUEUE_URL": {"Ref": "ChangesQueue"},
        "CONNECTIONS_TABLE": {"Ref": "ConnectionsTable"},
        "CUSTODY_TABLE": {"Ref": "CustodyTable"},
        "DELIVERIES_TABLE": {"Ref": "DeliveriesTable"},
        "GRANTS_TABLE": {"Ref": "GrantsTable"},
        "ID_MAP_TABLE": {"Ref": "IdMapTable"},
        "IMPORT_CONCURRENCY": {"Ref": "ImportConcurrency"},
        "LINK_SECRET_ARN": {"Ref": "LinkSecret"},
        "LOG_LEVEL": {"Ref": "LogLevel"},
        "MERGES_DEAD_LETTER_QUEUE_URL": {"Ref": "BillingMergesDeadLetterQueue"},
        "MERGES_TABLE": {"Ref": "MergesTable"},
        "MOVES_DEAD_LETTER_QUEUE_URL": {"Ref": "ChannelMovesDeadLetterQueue"},
        "MOVES_TABLE": {"Ref": "MovesTable"},
        "POWERTOOLS_SERVICE_NAME": {"Ref": "AWS::StackName"},
        "TOKENS_DEAD_LETTER_QUEUE_URL": {"Ref": "TokenReissuesDeadLetterQueue"},
        "TOKENS_KEY_ARN": {"Fn::GetAtt": ["TokensKey", "Arn"]},
        "TOKENS_QUEUE_URL": {"Ref": "TokenReissuesQueue"},
        "WORK_TABLE": {"Ref": "WorkTable"},
    }


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_that_the_machine_invokes_does_not_know_the_machine(name: str) -> None:
    """Else the two would need each other, and CloudFormation could create neither."""
    invoked = {value["Fn::GetAtt"][0] for value in substitutions() if "Fn::GetAtt" in value}
    own = FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    assert not (name in invoked and "CHANNEL_MOVE_ARN" in own)


def substitutions() -> list[dict[str, list[str]]]:
    return [value for machine in MACHINES.values() for value in machine["DefinitionSubstitutions"].values()]
