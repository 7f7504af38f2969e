"""Accounts of any size in the sandbox, connected with the served stack."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # the translator ships no types

from deskshift.model.issuer_connection import IssuerConnection
from deskshift.store.connections import Connections
from infra import connections
from infra.cli.sample_account import write_sample
from infra.local.accounts import new_token, new_webhook_secret
from tests.benchmarks.mover import Job, Limits, Moved
from tests.benchmarks.multiply import largest_channel, multiply, super_admin
from tests.benchmarks.processes import Served, run
from tests.support.product import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.local.sandbox.client import Sandbox

REQUESTS_PER_SECOND = 20.0
"""The account's budget on its platform, by which waiting is reckoned; README's example has the same."""
_SAMPLE = 1_000
_READ_SECONDS = 60.0


@dataclass(frozen=True)
class Seeded:
    """An account of the sandbox, one of whose channels is to be moved."""

    id: str
    channel_id: str
    requested_by: str
    token: str

    def request(self, request_id: str = "measured") -> dict[str, Any]:
        """Make the request for the move."""
        return {
            "request_id": request_id,
            "account_id": self.id,
            "channel_id": self.channel_id,
            "requested_by": self.requested_by,
        }


class Bench:
    """One stack, one sandbox, and the accounts that are made for them.

    Args:
        served: the stack.
        sandbox: the vendor.
        source: the account that others are made from; None for the sample account.
        workplace: a folder for what is made.
    """

    def __init__(self, served: Served, sandbox: Sandbox, source: Path | None, workplace: Path) -> None:
        self.served = served
        self.sandbox = sandbox
        self.workplace = workplace
        self._numbers = count(1)
        if source is None:
            source = workplace / "sample"
            source.mkdir()
            write_sample(source, _SAMPLE)
        self._source = source
        self._channel = largest_channel(source)

    def folder(self, conversations: int, account_id: str) -> Path:
        """Make an account whose one channel has exactly so many conversations."""
        folder = self.workplace / account_id
        multiply(self._source, folder, conversations, channel_id=self._channel, account_id=account_id)
        return folder

    def seeded(self, conversations: int) -> Seeded:
        """Make a new account, give it to the sandbox and connect it; two of a size hold the same."""
        account_id = f"bench-{next(self._numbers):03d}"
        folder = self.folder(conversations, account_id)
        token, secret = new_token(), new_webhook_secret()
        self.sandbox.add_account(folder, token=token, webhook_secret=secret)
        self._connect(account_id, token, secret)
        return Seeded(account_id, self._channel, super_admin(folder), token)

    def issuing(self, export: Mapping[str, Any], account_id: str) -> None:
        """Give the sandbox an account with OAuth clients, and connect it and its issuer."""
        token, secret = new_token(), new_webhook_secret()
        self.sandbox.add_account(export, token=token, webhook_secret=secret, deskshift_url=self.served.http_url)
        self._connect(account_id, token, secret)
        with self._at_the_stack():
            stored = Connections(self.served.environment["CONNECTIONS_TABLE"], self.served.region)
            stored.put_issuer(IssuerConnection(account_id=account_id, public_url=self.served.http_url))

    def move(self, account: Seeded, *, warm: Seeded | None = None, record: Path | None = None) -> Moved:
        """Move the account's channel in a fresh process, which has moved `warm` before."""
        job = Job(
            machine_arn=self.served.machine_arn,
            functions=functions(),
            requests=[one.request() for one in (warm, account) if one is not None],
            record=str(record) if record else None,
        )
        return run("mover", job, Moved, self.served.variables())

    def forget(self, *accounts: Seeded) -> None:
        """Free the sandbox's memory."""
        for account in accounts:
            self.sandbox.remove_account(account.id)

    def _connect(self, account_id: str, token: str, secret: str) -> None:
        with self._at_the_stack():
            target = connections.Target(
                stack=self.served.name,
                region=self.served.region,
                connections_table=self.served.environment["CONNECTIONS_TABLE"],
                http_url=self.served.http_url,
                vault=boto3.client("secretsmanager"),
            )
            platform = connections.Platform(self.sandbox.url, REQUESTS_PER_SECOND, read_timeout=_READ_SECONDS)
            credentials = connections.Credentials(token, secret)
            connections.connect(target, account_id, platform, credentials, datetime.now(UTC))

    @contextmanager
    def _at_the_stack(self) -> Iterator[None]:
        with patch.dict(os.environ, self.served.variables()):
            yield


def functions() -> dict[str, Limits]:
    """Read every function's memory and timeout from the template, by the folder that its code is in."""
    template = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    declared = [
        {**template["Globals"]["Function"], **each["Properties"]}
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Serverless::Function"
    ]
    return {Path(each["CodeUri"]).name: Limits(int(each["MemorySize"]), int(each["Timeout"])) for each in declared}
