"""The command as a process of its own: `make run`, Ctrl-C, --help, and what is never printed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli.sample_account import CHAT
from tests.integration.cli.conftest import REPOSITORY

COMMAND = [sys.executable, "-m", "infra.cli.main"]


def test_the_sample_moves_in_an_empty_environment(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "local", "sample", "--conversations", "40"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=environment,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"The move of channel {CHAT} of account sample is done" in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_control_c_ends_sandbox_and_stack(sample: Path) -> None:
    # Each call takes a while, so that the move is not over before this process has read that it is under way.
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "local", "move", "--account", str(sample), "--channel", CHAT, "--faults", "slow=1.0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith("switch") for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the sandbox gets it too
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "deskshift: interrupted\n"
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, 0)


def test_help_needs_no_local_stack() -> None:
    code = "import sys; from infra.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    loaded = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", f"{code}sys.exit('moto' in sys.modules or 'boto3' in sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert loaded.returncode == 0
    assert "Exit codes: 0 done; 2 refused" in loaded.stdout


def test_logs_come_when_asked_for_and_hold_no_secret(sample: Path) -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "local", "move", "--account", str(sample), "--channel", CHAT, "--dry-run", "--verbose"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert ended.returncode == 0
    assert 'check_move: {"level":"INFO"' in ended.stderr
    assert "whsec_" not in ended.stderr + ended.stdout
    assert "Bearer" not in ended.stderr + ended.stdout
