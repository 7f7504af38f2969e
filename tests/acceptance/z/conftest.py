"""What acceptance tests of billing share: an account with two billing accounts, and its merge."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import MakeAccount
from tests.support.billing import billing
from tests.support.merging import AFTER, PAID, SUPPORT, Merging, export_of

MakeMerging = Callable[..., Merging]
"""Billing accounts (chat paid, support annual unless some are given), the upgrade's date, and what else is asked."""


@pytest.fixture
def merging(make_account: MakeAccount) -> MakeMerging:
    def make(*accounts: Any, upgrade_at: str = AFTER, contracts: Any = (), **asked: Any) -> Merging:  # noqa: ANN401 - by name
        export = export_of(billing(*(accounts or (PAID, SUPPORT))))
        export["billing"]["contracts"] = list(contracts)
        return Merging(make_account(export), upgrade_at=upgrade_at, **asked)

    return make
