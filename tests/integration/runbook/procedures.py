"""The runbook's procedures: the commands of its ```console blocks, section by section, as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.product import ROOT
from tests.support.served import Said, Served

RUNBOOK = ROOT / "docs" / "runbook.md"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECONDS = 120


def anchor(heading: str) -> str:
    """Give the anchor that a heading has."""
    return re.sub(r"[^a-z0-9-]", "", heading.lower().replace(" ", "-"))


def procedures() -> dict[str, list[str]]:
    """Give each section's commands by its anchor, one command a line."""
    _, *rest = _HEADING.split(RUNBOOK.read_text(encoding="utf-8"))
    sections = zip(rest[::2], rest[1::2], strict=True)
    return {
        anchor(heading): [line for block in _CONSOLE.findall(text) for line in block.splitlines() if line]
        for heading, text in sections
    }


def follow(served: Served, command: str, given: Mapping[str, str], folder: Path) -> Said:
    """Run one command by a shell, as a person at another terminal does."""
    environment = {
        **served.addresses["environment"],
        **given,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
    }
    ran = subprocess.run(  # noqa: S603 - the runbook's own commands
        ["/bin/sh", "-eu", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd=folder,
        env=environment,
    )
    return Said(ran.returncode, ran.stdout, ran.stderr)
