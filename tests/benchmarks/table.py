"""One table of lines, each with what was measured, its aim, and whether that is met."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADS = ("what", "measured", "aim", "met")


@dataclass(frozen=True)
class Line:
    """One line; `met` is None where the line only informs."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, str, str, str]:
        """Write the line's cells."""
        return self.what, self.measured, self.aim, {True: "yes", False: "NO", None: ""}[self.met]


@dataclass
class Table:
    """The lines so far, in sections; `on_section` is told of each new one."""

    on_section: Callable[[Table], object] = lambda _: None
    sections: list[tuple[str, list[Line]]] = field(default_factory=list)

    def section(self, title: str, lines: list[Line]) -> None:
        """Add a section."""
        self.sections.append((title, lines))
        self.on_section(self)

    @property
    def missed(self) -> list[str]:
        """What missed its aim."""
        return [line.what for _, lines in self.sections for line in lines if line.met is False]

    def text(self) -> str:
        """Write the table as Markdown, its columns aligned."""
        rows: list[tuple[str, ...]] = [_HEADS]
        for title, lines in self.sections:
            rows.append((f"**{title}**", "", "", ""))
            rows += [line.cells() for line in lines]
        widths = [max(len(row[n]) for row in rows) for n in range(len(_HEADS))]

        def written(cells: tuple[str, ...]) -> str:
            return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        return "\n".join([written(rows[0]), rule, *map(written, rows[1:])]) + "\n"
