import io
from typing import Any

import pytest
from rich.console import Console

from infra.cli.progress import MoveProgress


def shown(phase: str, done: int = 0, total: int = 0, rate: float | None = None) -> dict[str, Any]:
    return {"progress": {"phase": phase, "done": done, "total": total, "rate": rate, "seconds_left": None}}


def lines(*updates: dict[str, Any], end: str, takes_history: bool = True) -> list[str]:
    written = io.StringIO()
    with MoveProgress(Console(file=written), takes_history=takes_history) as progress:
        for update in updates:
            progress.update(update)
        progress.end(end)
    return [" ".join(line.split()) for line in written.getvalue().splitlines()]


def test_each_phase_is_one_line_also_if_it_was_too_short_to_be_seen() -> None:
    assert lines(shown("check"), shown("list", 3, 7), shown("list", 7, 7), shown("verify", 2, 7), end="done") == [
        "check ok",
        "begin ok",
        "switch ok",
        "list 7/7 ok",
        "import 7/7 ok",
        "catch up ok",
        "verify 7/7 ok",
        "release 7/7 ok",
        "settle ok",
        "finish ok",
    ]


def test_without_history_nothing_is_listed() -> None:
    told = lines(shown("switch"), shown("settle"), end="done", takes_history=False)
    assert [line.split(" ok")[0] for line in told] == [
        "check",
        "begin",
        "switch",
        "catch up",
        "verify",
        "release",
        "settle",
        "finish",
    ]


def test_a_second_round_is_told() -> None:
    told = lines(shown("settle", 7, 7), shown("verify", 7, 7), shown("finish", 7, 7), end="done")
    assert sum(line.startswith("verify") for line in told) == 2


@pytest.mark.parametrize("end", ["paused", "refused", "dry_run"])
def test_a_move_that_stops_says_where(end: str) -> None:
    assert lines(shown("import", 3, 7), end=end)[-1] == f"import 3/7 {end.replace('_', ' ')}"


def test_the_rate_of_a_phase_is_told() -> None:
    assert "list 5,000/5,000 1,234/min" in lines(shown("list", 900, 5000, 1234.4), end="done")


def test_a_terminal_gets_bars() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100)
    with MoveProgress(console, takes_history=True) as progress:
        progress.update(shown("list", 3, 7))
        progress.update(shown("release", 7, 7))
        progress.end("done")
    last = written.getvalue().split("check")[-1]
    assert "import" in last
    assert "7/7" in last
    assert last.count("ok") == 10
