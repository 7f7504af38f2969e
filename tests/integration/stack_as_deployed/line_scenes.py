"""Scenes of moves that wait for each other, are refused, cancelled, or left behind."""

import threading

from tests.integration.stack_as_deployed.played import (
    Played,
    cancel,
    fails_in_check,
    free_slot,
    idle,
    waiting_behind,
    waiting_for_the_slot,
    waits,
    written_meanwhile,
)
from tests.support.looking import (
    Hold,
)
from tests.support.moves import Account, until
from tests.support.proxy import Given, Passed, between


def line(played: Played) -> None:
    """Three requests of one account: the first runs, the second is cancelled, the third has its turn afterwards."""
    account = played.account([played.conversation("h0"), played.conversation("h1", "mail")])
    hold = Hold()
    with hold.at(account, "list_conversations"):
        first = account.ask("chat")
        hold.reached()
        second, third = waiting_for_the_slot(account, "mail"), waiting_for_the_slot(account, "third")
        account.stack.invoke("watch_moves", {})
        assert cancel(account, second) == "cancelled"
    assert account.report(first)["status"] == "done"
    assert account.report(third)["status"] == "done"
    scheduled = account.move("mail", start_at="2099-01-01T00:00:00Z")
    assert scheduled["status"] == "done"


def refusals(played: Played) -> None:
    """The one in front is refused, or fails, while the next one waits: the next one has its turn."""
    account = played.account([played.conversation("i0", "mail")])
    front_may_go = threading.Event()
    asked = threading.Event()

    def slow_front(call: Passed) -> Given | None:
        if call.path == "/v1/account" and not asked.is_set():
            asked.set()
            assert front_may_go.wait(60)
        return None

    with between(account, slow_front):
        refused = account.ask("chat", requested_by="with-access")
        assert asked.wait(60)
        next_one = account.ask("mail")
        until(lambda: waits(account, next_one), "the next one waits")
        front_may_go.set()
        assert account.report(refused)["status"] == "refused"
        assert account.report(next_one)["status"] == "done"
    assert account.move("third", dry_run=True)["status"] == "dry_run"
    console = account.console("third")
    assert account.stack.wait_for(console, 60)["status"] == "SUCCEEDED"


def left_behind(played: Played) -> None:
    """A slot that an ended move left behind, and a move that fails before it begins."""
    account = played.account([played.conversation("j0"), played.conversation("j1", "mail")])
    done = account.ask("chat")
    assert account.report(done)["status"] == "done"
    waiting = waiting_behind(account, done, "mail")
    woken = account.stack.invoke("watch_moves", {})
    assert woken["woken"] == [waiting]
    assert account.report(waiting)["status"] == "done"
    third = waiting_behind(account, done, "third")
    free_slot(account)
    failed = fails_in_check(account, "one")
    assert account.report(third)["status"] == "done"
    assert cancel(account, failed) == "cancelled"
    fourth = waiting_behind(account, done, "fourth")
    free_slot(account)
    with written_meanwhile(account, fourth, "pause_move"):
        failed = fails_in_check(account, "two")
    assert account.report(fourth)["status"] == "done"
    assert cancel(account, failed) == "cancelled"
    cancelled_in_front(account)


def cancelled_in_front(account: Account) -> None:
    """The one in front is cancelled while it is checked, and the next one waits."""
    until(lambda: idle(account), "the watch, which wakes whoever waits, has looked at what ended before")
    may_go, asked = threading.Event(), threading.Event()

    def slow_front(call: Passed) -> Given | None:
        if call.path == "/v1/account" and not asked.is_set():
            asked.set()
            assert may_go.wait(60)
        return None

    with between(account, slow_front):
        front = account.ask("sixth")
        assert asked.wait(60)
        fifth = waiting_for_the_slot(account, "fifth")
        assert cancel(account, front) == "cancelled"
        may_go.set()
        assert account.report(fifth)["status"] == "done"
