"""moto's machines make a boto3 client for each task, in many threads: slow, and not supported by boto3.

`boto3.client` shares one default session, whose set-up is not safe in threads
(https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html, "Multithreading"). Here each machine's role
has one client for a service. As the client stands for the role, calls made with it are the machine's.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
import threading
from typing import TYPE_CHECKING
from unittest.mock import patch

from moto.stepfunctions.parser import asl
from moto.stepfunctions.parser.asl.utils import boto_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials


class MachineClients:
    """The clients that machines call AWS with, and whose role each of them has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], BaseClient] = {}
        self._roles: dict[int, str] = {}

    def client(self, region: str, service: str, state_credentials: StateCredentials | None = None) -> BaseClient:
        """As moto's `boto_client_for`."""
        role = state_credentials.role_arn if state_credentials is not None else ""
        key = (region, service, role)
        with self._lock:
            if key not in self._clients:
                client = boto_client.boto_client_for(region, service, state_credentials)
                self._clients[key] = client
                self._roles[id(client)] = role.rsplit("/", 1)[-1]
            return self._clients[key]

    def role_of(self, client: BaseClient) -> str | None:
        """The role's name if the client is a machine's."""
        return self._roles.get(id(client))


@contextlib.contextmanager
def mend(clients: MachineClients) -> Iterator[None]:
    """Let every module of moto's interpreter that makes a client take it from `clients`."""
    importlib.import_module("moto.stepfunctions.parser.asl.parse.preprocessor")  # which imports all kinds of tasks
    with contextlib.ExitStack() as patches:
        for module in pkgutil.walk_packages(asl.__path__, f"{asl.__name__}."):
            loaded = sys.modules.get(module.name)
            if loaded is not None and loaded is not boto_client and hasattr(loaded, "boto_client_for"):
                patches.enter_context(patch.object(loaded, "boto_client_for", clients.client))
        yield
