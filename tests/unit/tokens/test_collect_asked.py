"""What an integration may ask for when it collects, and how anything else is refused."""

import base64
from typing import Any

import pytest

from deskshift.app.token_reissue.collect_asked import Asked, asked_of
from deskshift.model.errors import InvalidField

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def event(body: str | None, **fields: object) -> dict[str, Any]:
    return {"headers": FORM, "body": body, **fields}


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (event(None), Asked()),
        (event(None, headers={}), Asked()),
        (event(""), Asked()),
        (event("reissue_id=reissue-1"), Asked("reissue-1")),
        (event("reissue_id=reissue-1&acknowledge=true"), Asked("reissue-1", acknowledge=True)),
        (event(base64.b64encode(b"reissue_id=reissue-1").decode(), isBase64Encoded=True), Asked("reissue-1")),
    ],
)
def test_what_is_asked(given: dict[str, Any], asked: Asked) -> None:
    assert asked_of(given) == asked


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (event('{"reissue_id": "reissue-1"}', headers={"Content-Type": "application/json"}), "content-type"),
        (event('{"reissue_id": "reissue-1"}'), "body"),
        (event("reissue_id=reissue-1&reissue_id=reissue-1"), "reissue_id"),
        (event("reissue_id="), "reissue_id"),
        (event("reissue_id=../x"), "reissue_id"),
        (event("acknowledge=true"), "reissue_id"),
        (event("reissue_id=reissue-1&acknowledge=yes"), "acknowledge"),
        (event("reissue_id=reissue-1&acknowledge=1"), "acknowledge"),
        (event("reissue_id=reissue-1&acknowledge=True"), "acknowledge"),
        (event("reissue_id=reissue-1&acknowledged=true"), "acknowledged"),
        (event("reissue_id=" + "a" * 20_000), "body"),
        (event("&".join(["reissue_id=a"] * 30)), "body"),
        (event("no base64", isBase64Encoded=True), "body"),
    ],
)
def test_another_question_is_refused_by_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        asked_of(given)
    assert refused.value.field == field


def test_nothing_of_what_is_no_name_is_shown() -> None:
    with pytest.raises(InvalidField) as refused:
        asked_of(event("canary secret %21"))
    assert "canary" not in str(refused.value)
