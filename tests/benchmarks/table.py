"""One table of lines, each with what was measured, its aim, and whether that is met."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """The lines so far, in sections."""

    sections: list[tuple[str, list[Line]]] = field(default_factory=list)

    def section(self, title: str, lines: list[Line]) -> None:
        """Add a section."""
        self.sections.append((title, lines))

    @property
    def missed(self) -> list[str]:
        """What missed its aim."""
        return [line.what for _, lines in self.sections for line in lines if line.met is False]

    def text(self) -> str:
        """Write the table as Markdown, its columns aligned."""
        rows = [line.cells() for _, lines in self.sections for line in lines]
        widths = [max(len(row[n]) for row in [_HEADS, *rows]) for n in range(len(_HEADS))]

        def written(cells: tuple[str, ...]) -> str:
            return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

        made = [written(_HEADS), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
        for title, lines in self.sections:
            made.append(written((f"**{title}**", "", "", "")))
            made += [written(line.cells()) for line in lines]
        return "\n".join(made) + "\n"


def share(part: float, whole: float) -> str:
    """Write a ratio."""
    return f"{part / whole:.2f}"
