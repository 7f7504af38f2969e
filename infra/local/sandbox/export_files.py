"""Reading the lines of an account export's files, plain or gzipped, and finding what a JSON parser trips over."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from infra.local.sandbox.export_error import ExportError, shown

if TYPE_CHECKING:
    from pathlib import Path


def file_bytes(folder: Path, stem: str, suffixes: tuple[str, ...]) -> tuple[str, bytes]:
    """Return the name and the unpacked bytes of the one file of a stem.

    Raises:
        ExportError: it is missing, there twice, or cannot be read.
    """
    names = [stem + suffix for suffix in suffixes]
    present = [name for name in names if (folder / name).is_file()]
    wanted = " or ".join(names)
    if len(present) != 1:
        code, found = ("missing_file", "no such file") if not present else ("ambiguous_file", " and ".join(present))
        raise ExportError(code=code, file=names[0], line=None, field="", found=found, allowed=f"one of {wanted}")
    name = present[0]
    try:
        data = (folder / name).read_bytes()
        return name, gzip.decompress(data) if name.endswith(".gz") else data
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError(
            code="unreadable_file", file=name, line=None, field="", found=str(error), allowed="a readable file"
        ) from error


def objects_of_lines(name: str, data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield line number and decoded value of each line that is not blank. Lines end with LF or CRLF alone."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield number, decoded(name, number, line)


def decoded(name: str, line: int, data: bytes) -> Any:  # noqa: ANN401 - JSON of any shape
    """Decode one JSON text strictly: UTF-8, no NaN, no number that JSON's readers round to infinity.

    Raises:
        ExportError: saying what is wrong; a lone surrogate is named with its field.
    """
    try:
        return msgspec.json.decode(data)
    except UnicodeDecodeError as error:
        raise ExportError(
            code="invalid_utf8", file=name, line=line, field="", found=f"byte {error.start}", allowed="UTF-8"
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        _raise_lone_surrogate(name, line, data)
        raise ExportError(
            code="invalid_json", file=name, line=line, field="", found=str(error), allowed="one JSON object"
        ) from error


def _raise_lone_surrogate(name: str, line: int, data: bytes) -> None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    field = _lone_surrogate(value, "")
    if field is not None:
        raise ExportError(
            code="lone_surrogate",
            file=name,
            line=line,
            field=field[0],
            found=shown(field[1]),
            allowed="Unicode text: a surrogate escape only as one of a pair",
        )


def _lone_surrogate(value: object, path: str) -> tuple[str, str] | None:
    if isinstance(value, str):
        return (path, value) if any("\ud800" <= character <= "\udfff" for character in value) else None
    if isinstance(value, Mapping):
        inner = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
        broken = next((key for key in value if _lone_surrogate(key, "") is not None), None)
        if broken is not None:
            return path, broken
    elif isinstance(value, Sequence):
        inner = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return None
    found = (_lone_surrogate(item, inner_path) for inner_path, item in inner)
    return next((item for item in found if item is not None), None)
