"""A preview that somebody approves later: the form that `billing preview --json` prints, and that `merge` takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.cli.errors import bad_option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NEEDED = ("account_id", "merge_id", "preview_id", "decision", "expires_at", "locale")


def shown_preview(made: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a preview into the form that --json prints: what it says, without the order that carries it out."""
    preview = {name: value for name, value in made["preview"].items() if name != "order"}
    return {**preview, **{name: made[name] for name in ("account_id", "merge_id", "expires_at", "locale")}}


def approved_preview(file: Path, account_id: str) -> dict[str, Any]:
    """Read a preview that was printed with --json.

    Raises:
        InputRefused: it cannot be read, is no preview, or is another account's.
    """
    try:
        preview = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no JSON"
        raise bad_option("--preview", f"{file}: {why}", "what `billing preview --json` printed") from None
    missing = [name for name in _NEEDED if not isinstance(preview, dict) or not isinstance(preview.get(name), str)]
    if missing:
        raise bad_option("--preview", f"{file}, without {', '.join(missing)}", "what `billing preview --json` printed")
    if preview["account_id"] != account_id:
        raise bad_option("--preview", f"{file}, of account {preview['account_id']!r:.80}", f"one of {account_id}")
    return {**{name: preview[name] for name in ("account_id", "merge_id", "expires_at", "locale")}, "preview": preview}
