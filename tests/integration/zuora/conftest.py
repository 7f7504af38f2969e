from collections.abc import Iterator

import pytest

from tests.integration.zuora.tenant import Tenant, serving, stocked
from tests.support.passing_clock import Clock


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with serving(stocked()) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()
