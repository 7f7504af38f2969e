from collections.abc import Iterator

import pytest

from infra.local.stack import LocalStack
from infra.local.stack.stack import DEFAULT_REGION
from tests.support.token_tables import CUSTODY, GRANTS, table


@pytest.fixture
def region(stack: LocalStack) -> str:
    return DEFAULT_REGION


@pytest.fixture
def grants_table(stack: LocalStack) -> Iterator[str]:
    with table(stack, GRANTS) as name:
        yield name


@pytest.fixture
def custody_table(stack: LocalStack) -> Iterator[str]:
    with table(stack, CUSTODY) as name:
        yield name
