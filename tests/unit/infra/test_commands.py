"""`make` and .ci/run: that they call what they promise, from wherever they are called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.infra.declared import ROOT


def make(*arguments: str, cwd: Path) -> str:
    program = shutil.which("make")
    assert program is not None, "make is part of what every machine has"
    done = subprocess.run(  # noqa: S603 - fixed arguments of this test
        [program, *arguments], cwd=cwd, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("option", ["-C", "-f"])
def test_check_calls_every_linter_from_any_folder(option: str, tmp_path: Path) -> None:
    place = str(ROOT / "Makefile") if option == "-f" else str(ROOT)
    planned = make(option, place, "--dry-run", "check", cwd=tmp_path)
    for tool in [
        f"cd {ROOT} && {ROOT}/.venv/bin/ruff check",
        "ruff format --check",
        "/mypy",
        "/lint-imports",
        "/cfn-lint",
        "sam validate --lint",
        "-m infra.lint.state_machines",
    ]:
        assert tool in planned


def test_help_names_every_target(tmp_path: Path) -> None:
    shown = make("-C", str(ROOT), "help", cwd=tmp_path)
    for target in ["run", "test", "check", "format", "lock", "build", "deploy", "clean", "help"]:
        assert f"make {target} " in shown


@pytest.mark.parametrize(
    ("failing", "called"), [("", ["test", "check"]), ("test", ["test"]), ("check", ["test", "check"])]
)
def test_ci_runs_test_then_check_and_stops_at_a_failure(failing: str, called: list[str], tmp_path: Path) -> None:
    log = tmp_path / "called"
    stand_in = tmp_path / "bin" / "make"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\necho "$PWD $1" >> {log}\ntest "$1" != "{failing}"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    environment = {**os.environ, "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 - the project's own script
        [str(ROOT / ".ci" / "run")], cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode == 0) == (failing == "")
    assert log.read_text(encoding="utf-8").splitlines() == [f"{ROOT} {target}" for target in called]
