"""`deskshift local serve` in a process of its own, and commands in others, as a person uses them."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import pytest
import urllib3

from tests.support.moves import until
from tests.support.product import ROOT

COMMAND = [sys.executable, "-m", "infra.cli.main"]
SECONDS = 60.0


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Served:
    """A served stack: `with Served(folder, tmp_path) as served: served.run("status", …)`.

    Args:
        account: folder of an account export.
        folder: where the addresses are written.
        repository: whose code is served, and run.
        options: further options of `local serve`.
    """

    def __init__(self, account: Path, folder: Path, *options: str, repository: Path = ROOT) -> None:
        self.file = folder / "addresses.json"
        self._repository = repository
        self._arguments = ["local", "serve", "--account", str(account), "--addresses", str(self.file), *options]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._repository,
            env=self._environment(),
        )
        process = self._process
        until(lambda: self.file.exists() or process.poll() is not None, "the stack is served", SECONDS)
        if process.poll() is not None:
            pytest.fail(f"local serve ended with {process.returncode}: {process.communicate()[1]}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()

    @property
    def addresses(self) -> dict[str, Any]:
        """What it wrote once it was ready."""
        return dict(json.loads(self.file.read_text("utf-8")))

    def stop(self, by: signal.Signals = signal.SIGTERM) -> Said:
        """Stop it by a signal."""
        assert self._process is not None
        self._process.send_signal(by)
        return self.ended()

    def ended(self) -> Said:
        """Wait for its end."""
        assert self._process is not None
        out, err = self._process.communicate(timeout=SECONDS)
        return Said(self._process.returncode, out, err)

    def run(self, *arguments: str) -> Said:
        """Run a command in another process that knows the addresses."""
        ran = subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            cwd=self._repository,
            env={**self._environment(), **self.addresses["environment"]},
        )
        return Said(ran.returncode, ran.stdout, ran.stderr)

    def live(self, account_id: str, kind: str, **facts: object) -> dict[str, Any]:
        """Let a person do something on the platform, and give the event."""
        url = f"{self.addresses['sandbox']}/_sandbox/accounts/{account_id}/live"
        answer = urllib3.request("POST", url, json={"kind": kind, **facts}, retries=False, timeout=SECONDS)
        assert answer.status == HTTPStatus.OK, answer.data
        return dict(answer.json()["result"])

    def _environment(self) -> dict[str, str]:
        layers = self._repository / "layers" / "deskshift" / "python"
        return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{self._repository}{os.pathsep}{layers}"}
