import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.move_ids import execution_name, move_id
from deskshift.domain.requests import describe, identifier, parse_json, parse_request
from deskshift.model.errors import InvalidField
from deskshift.model.move import StatusMap

BODY = {"request_id": "r", "account_id": "a", "channel_id": "chat", "requested_by": "admin"}
ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
ids = st.text(st.sampled_from("abcXYZ019._:-"), min_size=1, max_size=128)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def test_what_is_left_out_has_its_default() -> None:
    request = parse_request(BODY)
    assert (request.history, request.mute, request.dry_run) == ("all", False, False)
    assert (request.status_map, request.start_at, request.edition) == (None, None, None)


def test_all_fields_are_taken() -> None:
    request = parse_request(
        {
            **BODY,
            "schema": 1,
            "history": "none",
            "status_map": {"open": "neu", "closed": "zu"},
            "start_at": "2026-01-31T23:00:00.5+01:00",
            "edition": "2024-06",
            "mute": True,
            "dry_run": True,
        }
    )
    assert request.status_map == StatusMap("neu", "zu")
    assert request.start_at == "2026-01-31T22:00:00Z"
    assert (request.history, request.edition, request.mute, request.dry_run) == ("none", "2024-06", True, True)


@given(json_values)
def test_any_json_is_a_request_or_an_error_that_names_a_field(body: object) -> None:
    with pytest.raises(InvalidField) as raised:
        parse_request(body)
    assert str(raised.value).startswith(f"{raised.value.field}: found ")


@given(st.sampled_from(sorted({*BODY, "history", "status_map", "start_at", "edition"})), json_values)
def test_any_value_of_a_field_is_taken_or_named(field: str, value: object) -> None:
    raised: InvalidField | None = None
    try:
        request = parse_request({**BODY, field: value})
    except InvalidField as error:
        raised = error
    if raised is not None:
        assert raised.field.split(".")[0] == field
        assert len(raised.found) < 60
    elif field in BODY:
        assert getattr(request, field) == value


@given(st.text(max_size=200))
def test_any_text_is_json_or_an_error_that_does_not_show_it(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        with pytest.raises(InvalidField) as raised:
            parse_json(text)
        assert re.fullmatch(
            r"body: found text that is not JSON at character \d+, allowed is a JSON object", str(raised.value)
        )
    else:
        assert parse_json(text) == json.loads(text) or text.strip() == "NaN"


@given(st.text(max_size=140))
def test_an_identifier_is_exactly_what_the_rule_says(text: str) -> None:
    if ID.fullmatch(text):
        assert identifier({"id": text}, "id") == text
    else:
        with pytest.raises(InvalidField):
            identifier({"id": text}, "id")


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "null"), (7, "int 7"), ("x" * 100, f'str "{"x" * 39}…'), ({"a": 1}, 'dict {"a": 1}'), (True, "bool true")],
)
def test_what_was_found_is_described_in_forty_characters(value: object, said: str) -> None:
    assert describe(value) == said


@given(ids, ids, ids)
def test_a_move_id_fits_an_execution_name_with_any_attempt(account: str, channel: str, request: str) -> None:
    made = move_id(account, channel, request)
    assert re.fullmatch(r"[a-z0-9-]{1,64}", made)
    assert made == move_id(account, channel, request)
    assert re.fullmatch(r"[a-z0-9-]{1,80}", execution_name(made, 999_999))


@given(st.tuples(ids, ids, ids), st.tuples(ids, ids, ids))
def test_different_requests_have_different_move_ids(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (move_id(*one) == move_id(*other)) is (one == other)


def test_move_ids_stay_what_they_are_for_a_request_may_come_again_after_a_deployment() -> None:
    assert move_id("acme", "Chat.Tool", "request-1") == "chat-tool-310028b76943f1a3014c"
    assert move_id("acme", "...", "request-1") == "32a9469c4c609951f82c"
