"""Every handler names the field that is wrong, by an error class of its own, and does nothing."""

from typing import Any

import pytest

from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports

Json = dict[str, Any]
STEPS = (
    "open_capture",
    "switch_channel",
    "list_conversations",
    "catch_up",
    "verify_conversations",
    "release_conversations",
    "settle_move",
    "finish_move",
)
OPERATORS = ("resume_move", "cancel_move", "show_move")
PART = {"key": "moves/a/m/parts/0000001.jsonl", "count": 1, "sha256": "0" * 64}
STEP = {"account_id": "nobody", "move_id": "no-move", "attempt": 1}
GOOD: dict[str, Json] = {
    **dict.fromkeys(STEPS, STEP),
    "import_part": {**STEP, "part": PART},
    "begin_move": {**STEP, "task_token": "a-token"},
    **{one: {"account_id": "nobody", "move_id": "no-move"} for one in OPERATORS},
    "resolve_id": {"account_id": "nobody", "id": "an-id"},
    "retry_conversations": {"account_id": "nobody", "move_id": "no-move", "conversation_ids": ["c0"]},
}
RULE = "1 to 128 characters of [A-Za-z0-9._:-]"
BAD_IDS = [None, "", 7, True, ["a"], {"a": 1}, "a b", "ä", "a/b", "a#b", "../x", "a\n", "x" * 129]
OBJECT = "allowed is a JSON object"


def fails(stack: LocalStack, function: str, event: object) -> tuple[str, str]:
    with pytest.raises(FunctionFailed) as failed:
        stack.invoke(function, event)
    return failed.value.error_type, failed.value.error_message


@pytest.mark.parametrize("event", [None, [], [1], "text", "", 7, True], ids=repr)
@pytest.mark.parametrize("function", [*GOOD, "check_move", "pause_move", "watch_moves"])
def test_what_is_no_object_is_refused(stack: LocalStack, function: str, event: object) -> None:
    kind, message = fails(stack, function, event)
    assert kind == "InvalidField"
    assert message.startswith("event: found ")
    assert message.endswith(OBJECT)


@pytest.mark.parametrize("event", [None, [], "text", 7], ids=repr)
@pytest.mark.parametrize("function", ["move_channel", "capture_changes", "receive_webhook"])
def test_what_no_event_source_sends_is_refused(stack: LocalStack, function: str, event: object) -> None:
    kind, message = fails(stack, function, event)
    assert (kind, message.split(":")[0]) == ("InvalidField", "event")


@pytest.mark.parametrize("value", BAD_IDS, ids=repr)
@pytest.mark.parametrize(
    ("function", "field"),
    [
        *((function, field) for function in GOOD for field in ("account_id", "move_id") if function != "resolve_id"),
        ("resolve_id", "account_id"),
        ("resolve_id", "id"),
    ],
)
def test_a_bad_id_is_named(stack: LocalStack, function: str, field: str, value: object) -> None:
    kind, message = fails(stack, function, {**GOOD[function], field: value})
    assert kind == "InvalidField"
    assert message.startswith(f"{field}: found ")
    assert message.endswith(f"allowed is {RULE}")
    assert len(message) < 200  # what was found is not repeated at length


@pytest.mark.parametrize(
    ("function", "field"), [(function, field) for function, event in GOOD.items() for field in event]
)
def test_a_missing_field_is_named(stack: LocalStack, function: str, field: str) -> None:
    kind, message = fails(stack, function, {name: value for name, value in GOOD[function].items() if name != field})
    assert kind == "InvalidField"
    assert message.startswith(f"{field}: found ")


@pytest.mark.parametrize("value", [None, 0, -1, 1.5, "1", True, [], {}], ids=repr)
@pytest.mark.parametrize("function", [*STEPS, "import_part", "begin_move"])
def test_a_bad_attempt_is_named(stack: LocalStack, function: str, value: object) -> None:
    kind, message = fails(stack, function, {**GOOD[function], "attempt": value})
    assert kind == "InvalidField"
    assert message.startswith("attempt: found ")
    assert message.endswith("allowed is a whole number from 1 on")


@pytest.mark.parametrize("value", [None, "", 7, []], ids=repr)
def test_a_bad_task_token_is_named(stack: LocalStack, value: object) -> None:
    kind, message = fails(stack, "begin_move", {**GOOD["begin_move"], "task_token": value})
    assert (kind, message.split(":")[0]) == ("InvalidField", "task_token")


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (None, "part"),
        ("a-key", "part"),
        ([], "part"),
        ({}, "key"),
        ({"key": None}, "key"),
        ({"key": 7}, "key"),
        ({"key": ""}, "key"),
    ],
)
def test_a_bad_part_is_named(stack: LocalStack, part: object, field: str) -> None:
    kind, message = fails(stack, "import_part", {**STEP, "part": part})
    assert (kind, message.split(":")[0]) == ("InvalidField", field)


@pytest.mark.parametrize(
    "ids", [None, [], "c0", {"c0": 1}, ["c0", 7], [None], ["c0"] * 101], ids=lambda v: repr(v)[:20]
)
def test_bad_conversation_ids_are_named(stack: LocalStack, ids: object) -> None:
    kind, message = fails(stack, "retry_conversations", {**GOOD["retry_conversations"], "conversation_ids": ids})
    assert kind == "InvalidField"
    assert message.startswith("conversation_ids: found ")
    assert message.endswith("allowed is a list of 1 to 100 ids")


@pytest.mark.parametrize("ids", [["c 0"], ["ä"], ["x" * 129], [""]], ids=lambda v: repr(v)[:20])
def test_conversation_ids_of_wrong_characters_are_named(stack: LocalStack, ids: object) -> None:
    kind, message = fails(stack, "retry_conversations", {**GOOD["retry_conversations"], "conversation_ids": ids})
    assert (kind, message.split(":")[0]) == ("InvalidField", "conversation_ids")


@pytest.mark.parametrize("function", [function for function in GOOD if function != "resolve_id"])
def test_an_unknown_move_is_said_to_be_unknown(stack: LocalStack, function: str) -> None:
    kind, message = fails(stack, function, GOOD[function])
    assert (kind, message) == ("UnknownMove", "account 'nobody' has no move 'no-move'")


@pytest.mark.parametrize("function", ["resolve_id"])
def test_an_unknown_account_is_said_to_be_unknown(stack: LocalStack, function: str) -> None:
    kind, message = fails(stack, function, GOOD[function])
    assert (kind, message) == ("UnknownAccount", "no connection is recorded for account 'nobody'")


REQUEST = {"request_id": "r", "account_id": "nobody", "channel_id": "chat", "requested_by": "admin"}
BAD_REQUESTS: list[tuple[Json, str]] = [
    ({**REQUEST, "histroy": "none"}, "histroy"),
    ({**REQUEST, "history": "some"}, "history"),
    ({**REQUEST, "history": None}, "history"),
    ({**REQUEST, "history": ["all"]}, "history"),
    ({**REQUEST, "status_map": []}, "status_map"),
    ({**REQUEST, "status_map": {"open": "new"}}, "status_map"),
    ({**REQUEST, "status_map": {"open": "new", "closed": "closed", "other": "x"}}, "status_map"),
    ({**REQUEST, "status_map": {"open": "new", "closed": 7}}, "status_map.closed"),
    ({**REQUEST, "status_map": {"open": "", "closed": "closed"}}, "status_map.open"),
    ({**REQUEST, "start_at": "tomorrow"}, "start_at"),
    ({**REQUEST, "start_at": 7}, "start_at"),
    ({**REQUEST, "start_at": "2026-01-31T22:00:00"}, "start_at"),
    ({**REQUEST, "start_at": "2026-02-30T22:00:00Z"}, "start_at"),
    ({**REQUEST, "start_at": "0001-01-01T00:00:00+23:59"}, "start_at"),
    ({**REQUEST, "start_at": "9999-12-31T23:59:59-23:59"}, "start_at"),
    ({**REQUEST, "edition": 2024}, "edition"),
    ({**REQUEST, "edition": "newest"}, "edition"),
    ({**REQUEST, "mute": "yes"}, "mute"),
    ({**REQUEST, "mute": None}, "mute"),
    ({**REQUEST, "dry_run": 1}, "dry_run"),
    ({**REQUEST, "schema": 2}, "schema"),
    ({**REQUEST, "schema": "1"}, "schema"),
    *(({**REQUEST, field: value}, field) for field in REQUEST for value in BAD_IDS),
    *(({name: value for name, value in REQUEST.items() if name != field}, field) for field in REQUEST),
]


@pytest.mark.parametrize(("body", "field"), BAD_REQUESTS, ids=lambda value: repr(value)[-40:])
def test_a_bad_request_from_the_console_names_the_field(stack: LocalStack, body: Json, field: str) -> None:
    event = {"input": body, "execution_arn": "arn:x", "execution_name": "from-console"}
    if field == "request_id" and "request_id" not in body:
        kind, message = fails(stack, "check_move", event)
        assert (kind, message) == ("UnknownAccount", "no connection is recorded for account 'nobody'")
        return
    kind, message = fails(stack, "check_move", event)
    assert kind == "InvalidField"
    assert message.startswith(f"{field}: found ")
    assert len(message) < 300


@pytest.mark.parametrize("given", [None, [], "text", 7], ids=repr)
def test_a_console_input_that_is_no_object_is_refused(stack: LocalStack, given: object) -> None:
    event = {"input": given, "execution_arn": "arn:x", "execution_name": "from-console"}
    kind, message = fails(stack, "check_move", event)
    assert (kind, message.split(":")[0]) == ("InvalidField", "body")


@pytest.mark.parametrize("field", ["execution_arn", "execution_name"])
def test_a_check_without_its_execution_is_refused(stack: LocalStack, field: str) -> None:
    event = {"input": REQUEST, "execution_arn": "arn:x", "execution_name": "from-console"}
    for value in (None, "", 7):
        kind, message = fails(stack, "check_move", {**event, field: value})
        assert (kind, message.split(":")[0]) == ("InvalidField", field)


@pytest.mark.parametrize("attempt", [None, "1", 0, True, 1.5], ids=repr)
def test_a_resume_with_a_bad_attempt_is_refused(stack: LocalStack, attempt: object) -> None:
    given = {"account_id": "nobody", "move_id": "no-move", "attempt": attempt}
    event = {"input": given, "execution_arn": "arn:x", "execution_name": "x-1"}
    kind, message = fails(stack, "check_move", event)
    assert (kind, message.split(":")[0]) == ("InvalidField", "attempt")


@pytest.mark.parametrize(
    ("state", "field"),
    [
        (None, "state"),
        ("text", "state"),
        ({}, "state.error"),
        ({"error": "text"}, "state.error"),
        ({"account_id": "a", "error": {}}, "Error"),
        ({"account_id": "ä", "error": {"Error": "E", "Cause": ""}}, "account_id"),
    ],
)
def test_a_bad_pause_names_the_field(stack: LocalStack, state: object, field: str) -> None:
    kind, message = fails(stack, "pause_move", {"state": state, "execution_arn": "arn:x"})
    assert (kind, message.split(":")[0]) == ("InvalidField", field)


def test_a_pause_of_what_never_became_a_move_pauses_nothing(stack: LocalStack) -> None:
    error = {"Error": "InvalidField", "Cause": "{}"}
    assert stack.invoke("pause_move", {"state": {"error": error}, "execution_arn": "arn:x"}) == {"paused": None}
    state = {"account_id": "nobody", "error": error}
    assert stack.invoke("pause_move", {"state": state, "execution_arn": "arn:x"}) == {"paused": None}


@pytest.mark.parametrize("function", [*STEPS, "import_part"])
def test_a_step_of_a_move_that_is_over_changes_nothing(
    stack: LocalStack, make_account: MakeAccount, function: str
) -> None:
    account = make_account(exports.export(exports.new_account_id("over")))
    move = account.move("chat")["move_id"]
    before = account.sandbox.calls(account.id)
    event = {**GOOD[function], "account_id": account.id, "move_id": move, "attempt": 2}
    kind, message = fails(stack, function, event)
    assert kind == "SupersededAttempt"
    assert message == f"attempt 2 of move {move} no longer owns it: it is done in attempt 1"
    assert account.sandbox.calls(account.id) == before


@pytest.mark.parametrize("function", ["resume_move", "cancel_move"])
def test_what_a_status_does_not_allow_is_refused(stack: LocalStack, make_account: MakeAccount, function: str) -> None:
    account = make_account(exports.export(exports.new_account_id("status")))
    move = account.move("chat")["move_id"]
    kind, message = fails(stack, function, {"account_id": account.id, "move_id": move})
    assert kind == "TransitionRefused"
    assert message == f"cannot {function.removesuffix('_move')} move {move}: its status is done"


@pytest.mark.parametrize("function", [*OPERATORS, "retry_conversations", *STEPS, "import_part"])
def test_one_account_cannot_reach_anothers_move(stack: LocalStack, make_account: MakeAccount, function: str) -> None:
    mine = make_account(exports.export(exports.new_account_id("mine")))
    other = make_account(exports.export(exports.new_account_id("other")))
    move = mine.move("chat")["move_id"]
    kind, message = fails(stack, function, {**GOOD[function], "account_id": other.id, "move_id": move})
    assert (kind, message) == ("UnknownMove", f"account {other.id!r} has no move {move!r}")
