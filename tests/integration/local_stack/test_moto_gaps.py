"""Each gap of moto that infra/local/stack/moto_gaps mends is still there; where a test fails, the file can go."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = [sys.executable, "-m", "tests.integration.local_stack.bare_moto"]

# gap -> (the file that mends it, what moto does without it; "" is an error without a code)
GAPS: dict[str, tuple[str, object]] = {
    "cloudformation_leaves_out_secrets_and_machines": ("cloudformation_types", ["secret", "machine"]),
    "an_api_is_served_nowhere": ("cloudformation_outputs", True),
    "tolerated_failure_percentage_must_be_a_decimal": ("states_definition", ""),
    "lambda_echoes_its_event": ("lambda_invocation", {"an": "event"}),
    "an_update_of_inline_code_fails": ("lambda_updates", "UPDATE_FAILED"),
    "sending_invokes_the_function": ("sqs_event_sources", 0),
    "a_deleted_message_is_no_duplicate": ("sqs_deduplication", 2),
    "sqs_takes_any_message": ("sqs_messages", [None, None, None]),
    "dynamodb_conditions_are_not_isolated": ("service_locks", True),
    "a_transaction_copies_its_tables": ("dynamodb_transactions", 1),
    "executions_have_any_name": ("states_executions", [None, "None"]),
    "execution_input_has_no_limit": ("states_data_limit", None),
    "a_waiting_task_is_not_stopped": ("states_abort", "RUNNING"),
    "a_token_is_answered_too_early_and_too_often": ("states_task_tokens", ["RUNNING", None]),
    "a_failed_child_does_not_fail_the_map": ("states_distributed_map", "SUCCEEDED"),
    "a_missing_manifest_is_a_runtime_error": ("states_item_reader", "States.Runtime"),
    "a_wildcard_catches_runtime_errors": ("states_data_limit", "SUCCEEDED"),
    "tasks_take_large_input": ("states_data_limit", "None"),
    "each_task_makes_a_client": ("states_clients", 2),
    "each_execution_parses_its_definition": ("states_parsing", 2),
    "timestamps_are_read_in_local_time": ("machine_time", True),
}
MENDING = {path.stem for path in (ROOT / "infra/local/stack/moto_gaps").glob("*.py")} - {
    "__init__",
    "states_failure",
}


@pytest.fixture(scope="module")
def seen() -> dict[str, object]:
    answer = subprocess.run(SCRIPT, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 - own script
    return dict(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize("gap", GAPS)
def test_the_gap_is_still_there(seen: dict[str, object], gap: str) -> None:
    file, expected = GAPS[gap]
    assert seen[gap] == expected, f"moto has changed: see whether infra/local/stack/moto_gaps/{file}.py can go"


def test_every_file_that_mends_is_proved() -> None:
    assert {file for file, _ in GAPS.values()} - {"machine_time"} == MENDING
