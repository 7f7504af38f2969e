"""A move's progress on the terminal: bars that live, or one plain line per phase where nobody watches (H-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, Progress, TextColumn

from infra.cli.words import duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from rich.console import Console
    from rich.progress import TaskID

PHASES = ("check", "begin", "switch", "list", "import", "catch_up", "verify", "release", "settle", "finish")
COUNTED = frozenset({"list", "import", "verify", "release"})
OF_HISTORY = frozenset({"list", "import"})


class MoveProgress:
    """Shows what show_move answers, time after time; a phase that was left is done, for none is left earlier."""

    def __init__(self, console: Console, *, takes_history: bool) -> None:
        self._console = console
        self._phases = [phase for phase in PHASES if takes_history or phase not in OF_HISTORY]
        self._at = 0
        self._total = 0
        self._last: Mapping[str, Any] | None = None
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        if console.is_terminal:
            self._bars = Progress(
                TextColumn("{task.fields[name]:<9}"),
                BarColumn(),
                TextColumn("{task.fields[count]:>13}"),
                TextColumn("{task.fields[pace]}"),
                console=console,
            )
            for phase in self._phases:
                name = _name(phase)
                self._tasks[phase] = self._bars.add_task(name, start=False, total=1, name=name, count="", pace="")

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(self, shown: Mapping[str, Any]) -> None:
        """Show where the move stands now."""
        current = shown["progress"]
        if current["phase"] not in self._phases:
            return
        at = self._phases.index(current["phase"])
        if at < self._at:  # another round, which begins by catching up with what changed meanwhile
            self._left(self._at)
            self._at = min(at, self._phases.index("catch_up"))
        while self._at < at:
            self._left(self._at)
            self._at += 1
        self._last = current
        self._total = max(self._total, current["total"])
        self._show(current)

    def end(self, status: str) -> None:
        """Show that the move came to its end, in the phase where it is."""
        if status == "done":
            for number in range(self._at, len(self._phases)):
                self._left(number)
        else:
            current = self._last or {"done": 0, "total": 0, "rate": None, "seconds_left": None}
            self._line(self._phases[self._at], _count(self._phases[self._at], current), status.replace("_", " "))

    def _show(self, current: Mapping[str, Any]) -> None:
        if self._bars is None:
            return
        phase = self._phases[self._at]
        task = self._tasks[phase]
        self._bars.start_task(task)
        total = current["total"] if phase in COUNTED and current["total"] else None
        self._bars.update(
            task,
            total=total,
            completed=min(current["done"], total) if total else 0,
            count=_count(phase, current),
            pace=_pace(current),
        )

    def _left(self, number: int) -> None:
        phase = self._phases[number]
        total = self._total if phase in COUNTED else 0
        seen = self._last if self._last is not None and self._last["phase"] == phase else None
        current = {**(seen or {"rate": None}), "done": total, "total": total, "seconds_left": None}
        if self._bars is not None:
            self._bars.start_task(self._tasks[phase])
            self._bars.update(
                self._tasks[phase], total=1, completed=1, count=_count(phase, current), pace=_pace(current)
            )
        self._line(phase, _count(phase, current), _pace(current) or "ok")

    def _line(self, phase: str, count: str, words: str) -> None:
        if self._bars is None:
            self._console.out(f"{_name(phase):<9} {count:>13}  {words}", highlight=False)
        else:
            self._bars.update(self._tasks[phase], pace=words)


def _name(phase: str) -> str:
    return phase.replace("_", " ")


def _count(phase: str, current: Mapping[str, Any]) -> str:
    return f"{current['done']:,}/{current['total']:,}" if phase in COUNTED and current["total"] else ""


def _pace(current: Mapping[str, Any]) -> str:
    parts = []
    if current["rate"] is not None:
        parts.append(f"{current['rate']:,.0f}/min")
    if current["seconds_left"] is not None:
        parts.append(f"{duration(current['seconds_left'])} left")
    return ", ".join(parts)
