"""What acceptance tests of the upgrade share: accounts whose billing is merged or whose tokens are reissued."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.billing import billing
from tests.support.merging import AFTER, PAID, SUPPORT, Merging, export_of
from tests.support.reissuing import Reissuing, export

MakeMerging = Callable[..., Merging]
"""Billing accounts (chat paid, support annual unless some are given), the upgrade's date, and what else is asked."""
MakeReissuing = Callable[..., Reissuing]


@pytest.fixture
def merging(make_account: MakeAccount) -> MakeMerging:
    def make(*accounts: Any, upgrade_at: str = AFTER, contracts: Any = (), **asked: Any) -> Merging:  # noqa: ANN401 - by name
        given = export_of(billing(*(accounts or (PAID, SUPPORT))))
        given["billing"]["contracts"] = list(contracts)
        return Merging(make_account(given), upgrade_at=upgrade_at, **asked)

    return make


@pytest.fixture
def reissuing(make_account: MakeAccount) -> Iterator[MakeReissuing]:
    """Give a function that makes an account with a client for each route."""
    with ExitStack() as made:

        def make(**fields: Any) -> Reissuing:  # noqa: ANN401 - the account's fields
            account = make_account(export(exports.new_account_id("reissue"), **fields))
            return made.enter_context(Reissuing(account))

        yield make
