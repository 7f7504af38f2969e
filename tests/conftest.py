"""One local stack and one vendor sandbox for each worker; every test has accounts of its own on them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.support.moves import Account
from tests.support.product import TEMPLATE

MakeAccount = Callable[..., Account]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Start the vendor sandbox."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """Deploy the product's template; failed messages come back after a second."""
    with LocalStack.deploy(TEMPLATE, {"LogLevel": "INFO"}, visibility_seconds=1) as deployed:
        yield deployed


@pytest.fixture
def make_account(stack: LocalStack, sandbox: Sandbox) -> MakeAccount:
    """Give a function that seeds an account from an export and connects it with the stack."""

    def make(export: Mapping[str, Any], *, options: Mapping[str, Any] | None = None, **connection: Any) -> Account:  # noqa: ANN401 - as `connect` takes it
        token, secret = new_token(), new_webhook_secret()
        account_id = sandbox.add_account(export, token=token, webhook_secret=secret, options=options)
        connected = connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret, **connection)
        return Account(account_id, stack, sandbox, connected, token, secret)

    return make
