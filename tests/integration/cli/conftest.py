"""`deskshift` as a fixture: every command really runs, on a sandbox and a stack of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.cli.sample_account import write_sample

REPOSITORY = Path(__file__).resolve().parents[3]
SMALL = REPOSITORY.parent / "shared" / "data" / "account-small"
CONVERSATIONS = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it printed to standard output and standard error."""

    code: int
    out: str
    err: str


Deskshift = Callable[..., Ended]


@pytest.fixture(scope="session")
def deskshift() -> Iterator[Deskshift]:
    """Give a function that runs a command's arguments."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.cli.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        text=True,
        encoding="utf-8",
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def run(*arguments: str | Path) -> Ended:
            stdin.write(json.dumps([str(each) for each in arguments]) + "\n")
            stdin.flush()
            return Ended(**json.loads(stdout.readline()))

        yield run
        stdin.close()


@dataclass(frozen=True)
class Moved:
    """A `local move` that ended, and what it left behind."""

    ended: Ended
    report: dict[str, Any]
    csv: str
    dump: Path


MoveCommand = Callable[..., Moved]


@pytest.fixture
def move(deskshift: Deskshift, tmp_path: Path) -> MoveCommand:
    """Give a function that moves a channel of an account and reads report, CSV and dump."""

    def run(account: Path, channel: str, *options: str) -> Moved:
        report, dump = tmp_path / "out" / "report.json", tmp_path / "dump"
        wanted = ("--account", account, "--channel", channel, "--report", report, "--dump", dump)
        ended = deskshift("local", "move", *wanted, *options)
        return Moved(ended, json.loads(report.read_text("utf-8")), report.with_suffix(".csv").read_text("utf-8"), dump)

    return run


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the sample account."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, CONVERSATIONS)
    return folder


@pytest.fixture
def small() -> Path:
    """Give the small account that lies beside the repository, where it does."""
    if not SMALL.is_dir():
        pytest.skip(f"{SMALL} is not there")
    return SMALL
