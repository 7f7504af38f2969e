"""One local stack and one vendor sandbox for each worker; every test has accounts of its own on them.

With `--dynamodb-local` (`make test-dynamodb`) the stack's tables are on the vendor's DynamoDB Local.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.support.dynamodb_local import DynamoDbLocal
from tests.support.moves import Account
from tests.support.product import TEMPLATE

MakeAccount = Callable[..., Account]
OPTION = "--dynamodb-local"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tables be on DynamoDB Local."""
    parser.addoption(OPTION, action="store_true", help="keep the local stack's tables on DynamoDB Local")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Start the vendor sandbox."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def dynamodb_url(pytestconfig: pytest.Config) -> Iterator[str | None]:
    """Start DynamoDB Local if it is asked for."""
    if not pytestconfig.getoption(OPTION):
        yield None
        return
    with DynamoDbLocal() as server:
        yield server.url


@pytest.fixture(scope="session")
def stack(dynamodb_url: str | None) -> Iterator[LocalStack]:
    """Deploy the product's template; failed messages come back after a second."""
    with LocalStack.deploy(TEMPLATE, {"LogLevel": "INFO"}, visibility_seconds=1, dynamodb_url=dynamodb_url) as deployed:
        yield deployed


@pytest.fixture
def make_account(stack: LocalStack, sandbox: Sandbox) -> MakeAccount:
    """Give a function that seeds an account from an export and connects it with the stack."""

    def make(export: Mapping[str, Any], *, options: Mapping[str, Any] | None = None, **connection: Any) -> Account:  # noqa: ANN401 - as `connect` takes it
        token, secret = new_token(), new_webhook_secret()
        account_id = sandbox.add_account(
            export, token=token, webhook_secret=secret, options=options, deskshift_url=stack.http_url
        )
        connected = connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret, **connection)
        return Account(account_id, stack, sandbox, connected, token, secret)

    return make
