from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from infra.local.sandbox.client import Sandbox
from tests.integration.sandbox.contract_check import ContractCheck
from tests.integration.sandbox.oauth_scene import ACCOUNT, Scene, seeded
from tests.integration.sandbox.platform_client import SECRET, Platform
from tests.unit.sandbox.example_account import example_export

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def contract() -> ContractCheck:
    return ContractCheck()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture
def platform(sandbox: Sandbox, contract: ContractCheck) -> Iterator[Platform]:
    """An account of its own for each test."""
    name = f"acme-{next(_numbers)}"
    sandbox.add_account(example_export(name), token=f"token-{name}", webhook_secret=SECRET)
    yield Platform(sandbox, name, f"token-{name}", contract)
    sandbox.remove_account(name)


@pytest.fixture
def scene(sandbox: Sandbox, contract: ContractCheck) -> Iterator[Scene]:
    """The account with an issuer."""
    yield seeded(sandbox, contract)
    sandbox.remove_account(ACCOUNT)
