"""Every record bears a code of app/events.py, every code is in use, and docs/events.md shows them as they are."""

import ast
from pathlib import Path

from deskshift.app.events import Event
from tests.support.product import ROOT

SOURCES = [*(ROOT / "layers/deskshift/python/deskshift").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


def logged(source: Path) -> list[ast.expr]:
    """Give the first argument of every call of the logger."""
    calls = [node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "logger"
        and call.func.attr in LEVELS
    ]


def test_every_record_bears_a_code_and_every_code_is_used() -> None:
    messages = [ast.unparse(message) for source in SOURCES for message in logged(source)]
    assert set(messages) == {f"Event.{event.name}" for event in Event}


def test_a_code_is_stable_words_and_its_own() -> None:
    codes = [event.value for event in Event]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not code.replace("_", "").replace(".", "", 1).isalpha() or "." not in code] == []


def test_the_page_shows_the_codes_as_they_are() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{event}` | {event.meaning} |" for event in Event]
