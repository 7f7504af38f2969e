"""No account waits for ever because of those before it."""

from datetime import timedelta

from deskshift.app.token_reissue.look import by_turns
from tests.support.reissues import NOW, reissue


def test_each_account_is_the_first_one_once() -> None:
    accounts = {name: [reissue()] for name in ("acme", "beta", "core")}
    turns = [by_turns(accounts, NOW + timedelta(minutes=5 * number)) for number in range(3)]
    assert {turn[0][0] for turn in turns} == set(accounts)
    assert all(dict(turn) == accounts for turn in turns)
    assert by_turns({}, NOW) == []
