"""Put each mutation into a copy of the product and run the tests there that should catch it.

`python -m tests.faults.mutations` (or `make mutations`) runs all of them, `… NAME NAME` some; `--unmutated` shows that
the same tests pass where nothing was changed. Exits with 1 if one was missed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.imported import MODULE, SAID
from tests.faults.mutation_list import LAYER, MUTATIONS, Mutation
from tests.support.product import ROOT

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")
LONGEST_SECONDS = 900
PASSED, FAILED = 0, 1
"""What pytest exits with; anything else says that it could not run the tests."""
_FAILED_TEST = re.compile(r"^FAILED (\S+?)(?: - .*)?$", re.MULTILINE)


class RunBroken(RuntimeError):
    """The tests of a mutation could not be run, or did not run against the mutated file."""


@dataclass(frozen=True)
class Outcome:
    """What came of one mutation: the test that failed first, None if all passed; wall-clock seconds."""

    mutation: Mutation
    failed: str | None
    seconds: float


def tried(mutation: Mutation, *, mutated: bool = True) -> Outcome:
    """Copy the product, mutate it, and run the mutation's tests there.

    Raises:
        RunBroken: no test ran to its end, or the copy's file was not the one that they imported.
    """
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder).resolve() / "product"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        file = copy / mutation.file
        if mutated:
            file.write_text(mutation.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        started = time.monotonic()
        ran = _run(copy, mutation)
        seconds = time.monotonic() - started
        if f"{SAID}{file}" not in ran.stdout.splitlines():
            raise RunBroken(f"{mutation.name}: the tests did not import {mutation.file} of the copy\n{ran.stdout}")
        failed = _FAILED_TEST.search(ran.stdout)
        if ran.returncode != PASSED and (ran.returncode != FAILED or failed is None):
            raise RunBroken(f"{mutation.name}: pytest ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
        return Outcome(mutation, failed.group(1) if failed else None, seconds)


def _run(copy: Path, mutation: Mutation) -> subprocess.CompletedProcess[str]:
    """Run the tests with this environment's packages and the copy's code."""
    options = ["-n", "0", "-q", "--maxfail=1", "--tb=no", "-p", "no:cacheprovider", "-p", "tests.faults.imported"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FAULT")},
        **mutation.environment,
        "PYTHONPATH": os.pathsep.join((str(copy / LAYER), str(copy))),
        "COLUMNS": "1000",
        MODULE: mutation.module,
    }
    command = [sys.executable, "-m", "pytest", *options, *mutation.tests]
    return subprocess.run(  # noqa: S603 - pytest with the list's own selections
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutations and print a table; 0 if all were caught (with `--unmutated`: if nothing failed)."""
    names = [mutation.name for mutation in MUTATIONS]
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutations to try; all unless some are named")
    parser.add_argument("--unmutated", action="store_true", help="run the same tests with nothing changed")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(names))
    if unknown:
        parser.error(f"there is no mutation {', '.join(unknown)}; there are {', '.join(names)}")
    wanted = [mutation for mutation in MUTATIONS if not given.names or mutation.name in given.names]
    width = max(len(mutation.name) for mutation in wanted)
    as_wanted = 0
    for mutation in wanted:
        outcome = tried(mutation, mutated=not given.unmutated)
        as_wanted += (outcome.failed is None) == given.unmutated
        says = "passed" if given.unmutated else "missed"
        verdict = f"{says}  " if outcome.failed is None else f"{'failed' if given.unmutated else 'caught'}  "
        _print(f"{mutation.name:{width}}  {verdict}{outcome.seconds:6.1f} s  {outcome.failed or ''}".rstrip())
    _print(f"{as_wanted} of {len(wanted)} {'passed with nothing changed' if given.unmutated else 'caught'}")
    return 0 if as_wanted == len(wanted) else 1


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
