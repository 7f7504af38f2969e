from collections.abc import Iterator

import pytest

from tests.integration.hubspot.apps import HubSpot
from tests.support.issuer_server import serving
from tests.support.passing_clock import Clock


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    made = HubSpot()
    with serving(made):
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()
