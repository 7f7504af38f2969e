"""Accounts whose tokens are reissued."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.reissuing import Reissuing, export

MakeReissuing = Callable[..., Reissuing]


@pytest.fixture
def reissuing(make_account: MakeAccount) -> Iterator[MakeReissuing]:
    """Give a function that makes an account with a client for each route."""
    with ExitStack() as made:

        def make(**fields: Any) -> Reissuing:  # noqa: ANN401 - the account's fields
            account = make_account(export(exports.new_account_id("reissue"), **fields))
            return made.enter_context(Reissuing(account))

        yield make
