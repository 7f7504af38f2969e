"""The check of objects against their form that all files of an account export go through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from infra.local.sandbox.export_error import ExportError, ExportWarning, concealed, shown

if TYPE_CHECKING:
    from infra.local.sandbox.export_kinds import Field

Object = dict[str, Any]


@dataclass(slots=True)
class Check:
    """What one pass over the files gathers: the ids that were seen, the bytes, the unknown fields."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    attachment_bytes: dict[str, bytes] = field(default_factory=dict)
    unknown: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def object(self, place: tuple[str, int], path: str, value: Any, fields: tuple[Field, ...]) -> Object:  # noqa: ANN401 - decoded JSON
        """Check one object's fields, note those that are unknown, and return it."""
        if type(value) is not dict:
            refuse("mistyped_field", place, path, value, "an object")
        present = 0
        for each in fields:
            if each.name not in value:
                if each.is_optional:
                    continue
                raise ExportError(
                    code="missing_field",
                    file=place[0],
                    line=place[1],
                    field=_dotted(path, each.name),
                    found="nothing",
                    allowed=each.allowed,
                )
            present += 1
            found = value[each.name]
            if not each.is_type(found):
                _refuse_field("mistyped_field", place, _dotted(path, each.name), found, each)
            if each.is_value is not None and not each.is_value(found):
                _refuse_field("invalid_value", place, _dotted(path, each.name), found, each)
        if len(value) > present:
            self._note_unknown(place, path, value, fields)
        return value

    def unique(self, place: tuple[str, int], path: str, kind: str, identifier: str, *, hidden: bool = False) -> None:
        """Refuse an id that an earlier object of the same kind in the file bears; `hidden`: it may be a secret."""
        seen = self.seen.setdefault(kind, set())
        if identifier in seen and hidden:
            refuse_hidden("duplicate_id", place, path, identifier, "a digest that is unique within the file")
        if identifier in seen:
            refuse("duplicate_id", place, path, identifier, "an id that is unique within the file")
        seen.add(identifier)

    def _note_unknown(self, place: tuple[str, int], path: str, value: Object, fields: tuple[Field, ...]) -> None:
        for name in value.keys() - {each.name for each in fields}:
            dotted = _dotted(_without_indexes(path), name)
            self.unknown.setdefault((place[0], dotted), []).append(place[1])

    def warnings(self) -> tuple[ExportWarning, ...]:
        """Return one warning for each unknown field of each file."""
        return tuple(
            ExportWarning("unknown_field", file, name, lines[0], len(lines))
            for (file, name), lines in sorted(self.unknown.items())
        )


def refuse(code: str, place: tuple[str, int], path: str, found: object, allowed: str) -> NoReturn:
    """Raise the error of a place in a file, with what was found there, shortened."""
    raise ExportError(code=code, file=place[0], line=place[1], field=path, found=shown(found), allowed=allowed)


def refuse_hidden(code: str, place: tuple[str, int], path: str, found: object, allowed: str) -> NoReturn:
    """Raise the error of a place in a file where a secret may stand, without showing it."""
    raise ExportError(code=code, file=place[0], line=place[1], field=path, found=concealed(found), allowed=allowed)


def _refuse_field(code: str, place: tuple[str, int], path: str, found: object, field_: Field) -> NoReturn:
    (refuse_hidden if field_.is_digest else refuse)(code, place, path, found, field_.allowed)


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _without_indexes(path: str) -> str:
    return ".".join(part.split("[", 1)[0] for part in path.split(".")) if path else ""
