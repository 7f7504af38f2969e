"""Functions under the real Lambda runtime and its emulator, with the built layers alone on their path.

The emulator's binary comes with aws-sam-cli, the runtime's client with awslambdaric; `make test-runtime` and
`make bench` put both, and the layer for this machine's processor, into `.cache`. A function has a process of its own,
without this environment's packages: what it imports is in a layer, or in Lambda's runtime.
"""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import urllib3

from tests.support.product import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CACHE = ROOT / ".cache"
PROVIDED = CACHE / "runtime" / "provided"
LAYERS = (CACHE / "runtime" / "dependencies" / "python", ROOT / "layers" / "deskshift" / "python")
_STARTED_SECONDS = 20.0
_STOP_SECONDS = 5.0
_INIT = re.compile(r"INIT REPORT\(durationMs: (?P<ms>[\d.]+)\)")


class FunctionRaised(Exception):
    """The function raised; `kind` is the error's class, as Lambda tells it."""

    code = "function_raised"

    def __init__(self, function: str, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(f"{function}: {kind}: {message}")


@dataclass(frozen=True)
class Answer:
    """What a function answered, and how long that took in seconds, its start included where there was one."""

    payload: Any
    seconds: float


def aws_variables(url: str, region: str) -> dict[str, str]:
    """Give the variables that lead a process's AWS calls to a served local stack, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def emulator() -> Path | None:
    """Find the emulator's binary; None if SAM's environment is not set up, or there is none for this machine."""
    kind = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    found = sorted(CACHE.glob(f"lint-venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{kind}"))
    return found[0] if found and sys.platform == "linux" else None


def missing() -> str | None:
    """Say what is missing for a function to be run here; None if nothing is."""
    if emulator() is None:
        return "the Lambda runtime emulator is missing (linux; `make test-runtime` sets it up with aws-sam-cli)"
    if not (PROVIDED / "awslambdaric").is_dir() or not LAYERS[0].is_dir():
        return "the layer for this machine is not built (`make test-runtime` builds it)"
    return None


class EmulatedFunction:
    """One function under the emulator: ``with EmulatedFunction("show_move", variables) as function: …``.

    Args:
        function: its folder's name.
        environment: its variables, and those that say where AWS is.
        memory_mb: what Lambda says it has.
        timeout_seconds: after which the emulator ends it.
    """

    def __init__(
        self, function: str, environment: Mapping[str, str], *, memory_mb: int = 512, timeout_seconds: int = 300
    ) -> None:
        self._function = function
        self._environment = dict(environment)
        self._memory_mb = memory_mb
        self._timeout = timeout_seconds
        self._http = urllib3.PoolManager(maxsize=1, retries=False, timeout=timeout_seconds + 5)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    def __enter__(self) -> Self:
        port, api = _free_port(), _free_port()
        self._url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        folder = ROOT / "functions" / self._function
        # The interpreter without its site-packages (-S): what is found is in the layers or in Lambda's runtime.
        base = str(getattr(sys, "_base_executable", sys.executable))
        self._process = subprocess.Popen(  # noqa: S603 - the emulator that SAM brings, this very Python
            [
                str(emulator()),
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{port}",
                "--runtime-api-address",
                f"127.0.0.1:{api}",
                base,
                "-S",
                "-m",
                "awslambdaric",
                "app.handler",
            ],
            cwd=folder,
            env=self._variables(folder),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait_until_it_listens(port)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the emulator and the runtime that it started."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(_STOP_SECONDS)
        self._log.close()

    def invoke(self, event: object) -> Answer:
        """Invoke it; the first time it is started first.

        Raises:
            FunctionRaised: it raised.
        """
        began = time.perf_counter()
        got = self._http.request("POST", self._url, body=json.dumps(event).encode())
        seconds = time.perf_counter() - began
        payload = json.loads(got.data)
        if isinstance(payload, dict) and "errorType" in payload:
            raise FunctionRaised(self._function, str(payload["errorType"]), str(payload.get("errorMessage")))
        return Answer(payload, seconds)

    @property
    def log(self) -> str:
        """What emulator and function printed."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    @property
    def init_seconds(self) -> float | None:
        """How long the emulator says that the function's start took; None before there was one."""
        found = _INIT.search(self.log)
        return float(found["ms"]) / 1000 if found else None

    def _variables(self, folder: Path) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            **self._environment,
            "PYTHONPATH": os.pathsep.join(str(one) for one in (folder, *LAYERS, PROVIDED)),
            "LAMBDA_TASK_ROOT": str(folder),
            # Lambda's folders can only be read: what has no bytecode is compiled at each start, as here.
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_FUNCTION_NAME": self._function,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self._memory_mb),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self._timeout),
        }

    def _wait_until_it_listens(self, port: int) -> None:
        deadline = time.monotonic() + _STARTED_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                if time.monotonic() > deadline:
                    self.close()
                    raise
                time.sleep(0.01)
            else:
                return


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
