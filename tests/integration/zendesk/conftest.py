from collections.abc import Iterator

import pytest

from tests.integration.zendesk.chat import Chat
from tests.integration.zendesk.chat import stocked as stocked_chat
from tests.integration.zendesk.support import Support
from tests.integration.zendesk.support import stocked as stocked_support
from tests.support.issuer_server import serving
from tests.support.passing_clock import Clock


@pytest.fixture
def support() -> Iterator[Support]:
    made = stocked_support()
    with serving(made):
        yield made


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = stocked_chat()
    with serving(made):
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()
