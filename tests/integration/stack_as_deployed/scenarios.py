"""Scenes of a stack's life that together reach every call that its functions make."""

import threading

import urllib3

from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.integration.stack_as_deployed.billing_scenes import merges, merges_in_zuora
from tests.integration.stack_as_deployed.history_scenes import (
    arrivals_quarantine_and_retry,
    changed_at_every_step,
    corruption,
    death,
    deleted_while_set_aside,
    deletions,
    page_done_again,
    part_lost,
    set_aside_before_it_is_imported,
)
from tests.integration.stack_as_deployed.issuer_scenes import at_hubspot, at_zendesk_support
from tests.integration.stack_as_deployed.line_scenes import left_behind, line, refusals
from tests.integration.stack_as_deployed.played import Played
from tests.integration.stack_as_deployed.token_scenes import (
    a_batch_that_was_stopped,
    authorizations_that_fail,
    reissues,
)
from tests.support.looking import (
    Hold,
    execution_arn,
    rewrite_record,
)
from tests.support.proxy import Given, Passed, between

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=local"}


def play(stack: LocalStack, sandbox: Sandbox) -> Played:
    """Play all scenes, one after the other."""
    played = Played(stack, sandbox)
    for scene in (
        arrivals_quarantine_and_retry,
        deletions,
        changed_at_every_step,
        corruption,
        death,
        progress,
        set_aside_before_it_is_imported,
        page_done_again,
        part_lost,
        deleted_while_set_aside,
        line,
        refusals,
        left_behind,
        history_none,
        never_valid,
        reading,
        checked_again,
        merges,
        merges_in_zuora,
        reissues,
        authorizations_that_fail,
        a_batch_that_was_stopped,
        at_zendesk_support,
        at_hubspot,
    ):
        scene(played)
    stack.drain(60)
    return played


def progress(played: Played) -> None:
    """Somebody looks at the move in each of its phases, also while its parts are imported."""
    account = played.account([played.conversation(f"l{n}") for n in range(3)])
    importing, looked = threading.Event(), threading.Event()

    def wait_in_import(call: Passed) -> Given | None:
        if call.path == "/v1/help_desk/imports":
            importing.set()
            assert looked.wait(60)
        return None

    with between(account, wait_in_import):
        move = account.ask("chat")
        assert importing.wait(60)
        played.shown.append(account.show(move))
        looked.set()
        assert account.report(move)["status"] == "done"


def checked_again(played: Played) -> None:
    """A day later a sample of the first move is checked; one of its tickets has a new id."""
    account = played.accounts[0]
    move = account.stack.invoke("resolve_id", {"account_id": account.id, "id": "c0"})["move_id"]
    rewrite_record(account, move, finished_at="2024-01-01T00:00:00.000Z")
    assert move in account.stack.invoke("recheck_moves", {})["checked"]


def history_none(played: Played) -> None:
    """A move that leaves the history, with a late reply."""
    account = played.account([played.conversation("k0"), played.conversation("k1", "mail")])
    for channel, step in (("chat", "settle_move"), ("mail", "finish_move")):
        one = {"chat": "k0", "mail": "k1"}[channel]
        hold = Hold()
        with hold.at(account, step):
            move = account.ask(channel, history="none")
            hold.reached()
            played.message(account, one)
        assert account.report(move)["late_replies"] == [one]


def never_valid(played: Played) -> None:
    """Messages that can never succeed, with customers' words in them, as a platform's mistake may put them there."""
    account = played.account([])
    account.send({"request_id": "r", "account_id": account.id})
    account.stack.send("ChangesQueue", {"account_id": account.id})
    body = f'{{"data": {{"text": "{played.word("hook")}"}}}}'
    answer = urllib3.request("POST", account.connection.webhook_url, body=body)
    assert answer.status == 401
    account.stack.drain(60)


def reading(played: Played) -> None:
    """Old ids and progress, by function and by HTTP, also of what does not exist."""
    account = played.accounts[0]
    move = account.stack.invoke("resolve_id", {"account_id": account.id, "id": "c0"})["move_id"]
    for one in ("c1", "t0", "nobody"):
        address = f"{account.stack.http_url}/accounts/{account.id}/ids/{one}"
        assert urllib3.request("GET", address, headers=SIGNED).status == (404 if one == "nobody" else 200)
    page = urllib3.request("GET", f"{account.stack.http_url}/accounts/{account.id}/moves/{move}", headers=SIGNED)
    assert page.status == 200
    played.shown.append(page.json())
    assert execution_arn(account, move)
