"""How long each function's module takes to import in a fresh interpreter, against boto3 and one client."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.table import Line
from tests.support.product import ROOT

if TYPE_CHECKING:
    from tests.benchmarks.processes import Served

AIM = 1.5
_BASE = "import boto3; boto3.client('dynamodb')"
_CLOCK = (
    "import time; cpu = time.process_time(); began = time.perf_counter(); {}; "
    "print(time.perf_counter() - began, time.process_time() - cpu)"
)


def measure(served: Served, repetitions: int) -> list[Line]:
    """Interleave all so many times; the layers alone are on the path, with the environment's packages."""
    functions = sorted(folder.name for folder in (ROOT / "functions").iterdir() if (folder / "app.py").exists())
    statements = {"": _BASE, **dict.fromkeys(functions, "import app; app.handler")}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in statements}
    for _ in range(repetitions):
        for name, statement in statements.items():
            taken[name].append(_timed(served, name, statement))
    base = taken.pop("")
    base_wall, base_cpu = median(wall for wall, _ in base), median(cpu for _, cpu in base)
    made = [Line("import boto3 and one client", f"{base_wall * 1000:.0f} ms, CPU {base_cpu * 1000:.0f} ms")]
    for name, times in taken.items():
        wall, cpu = median(wall for wall, _ in times), median(cpu for _, cpu in times)
        # By CPU time, which neighbours on the machine disturb least.
        ratio = cpu / base_cpu
        made.append(
            Line(
                name,
                f"{wall * 1000:.0f} ms, CPU {cpu * 1000:.0f} ms; {ratio:.2f} times",
                f"at most {AIM}",
                ratio <= AIM,
            )
        )
    return made


def _timed(served: Served, function: str, statement: str) -> tuple[float, float]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    folders = [ROOT / "functions" / function, ROOT / "layers" / "deskshift" / "python"] if function else []
    path = os.pathsep.join(str(folder) for folder in folders)
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", _CLOCK.format(statement)],
        env={**kept, **served.variables(), "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall, cpu = done.stdout.split()
    return float(wall), float(cpu)
