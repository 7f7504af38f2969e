"""No account waits for ever because of those before it."""

from datetime import timedelta

import pytest

from deskshift.app.token_reissue.look import by_turns
from tests.support.reissues import NOW, reissue


@pytest.mark.parametrize("every", [timedelta(minutes=5), timedelta(hours=1)])
def test_each_account_is_the_first_one_once(every: timedelta) -> None:
    accounts = {name: [reissue()] for name in ("acme", "beta", "core")}
    turns = [by_turns(accounts, NOW + every * number, every) for number in range(3)]
    assert [turn[0][0] for turn in turns] in (
        ["acme", "beta", "core"],
        ["beta", "core", "acme"],
        ["core", "acme", "beta"],
    )
    assert all(dict(turn) == accounts for turn in turns)
    assert by_turns({}, NOW, every) == []
