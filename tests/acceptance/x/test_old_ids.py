"""X-10: an old id resolves for ever, by function and by HTTP."""

from typing import Any

import pytest
import urllib3

from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import before_page
from tests.support.moves import Account, Json

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=local"}


def seed(make_account: MakeAccount, ids: str) -> Account:
    conversations = [exports.conversation("c0", "chat", ticket_id="t0"), exports.conversation("c1", "chat")]
    channels = [exports.channel("chat"), exports.channel("other")]
    export = exports.export(
        exports.new_account_id("old-ids"),
        channels=channels,
        conversations=[*conversations, exports.conversation("stays", "other", ticket_id="t-stays")],
        tickets=[exports.ticket("t0", "c0"), exports.ticket("t-stays", "stays")],
    )
    return make_account(export, options={"ids": ids})


def resolve(account: Account, one: str) -> Json:
    return dict(account.stack.invoke("resolve_id", {"account_id": account.id, "id": one}))


def fetch(account: Account, one: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    answer = urllib3.request("GET", f"{account.stack.http_url}/accounts/{account.id}/ids/{one}", headers=headers)
    return answer.status, answer.json()


def platform(account: Account, path: str) -> Json:
    answer = urllib3.request(
        "GET", f"{account.sandbox.api_url}{path}", headers={"authorization": f"Bearer {account.token}"}
    )
    assert answer.status == 200
    return dict(answer.json())


@pytest.mark.requirement("X-10")
@pytest.mark.parametrize("ids", ["keep", "new"])
def test_conversations_and_tickets_are_found_by_their_old_ids(make_account: MakeAccount, ids: str) -> None:
    account = seed(make_account, ids)
    report = account.move("chat")
    assert report["status"] == "done"
    for one, ticket in (("c0", "t0"), ("c1", None)):
        held = platform(account, f"/help_desk/conversations/{one}")
        assert (held["id"] == one) is (ids == "keep")
        assert held["external_id"] == one
        where = {"conversation_id": held["id"], "ticket_id": held["ticket_id"], "state": "copied"}
        expected = {"id": one, "move_id": report["move_id"], **where}
        assert resolve(account, one) == expected
        assert fetch(account, one, SIGNED) == (200, expected)
        if ticket is not None:
            found = resolve(account, ticket)
            assert {**found, "move_id": None} == {**expected, "id": ticket, "move_id": None}
            assert (found["ticket_id"] == ticket) is (ids == "keep")
            assert fetch(account, ticket, SIGNED) == (200, found)


@pytest.mark.requirement("X-10")
def test_an_id_resolves_also_after_other_channels_moved(make_account: MakeAccount) -> None:
    account = seed(make_account, "new")
    first, second = account.move("chat"), account.move("other")
    assert (first["status"], second["status"]) == ("done", "done")
    assert resolve(account, "c0")["move_id"] == first["move_id"]
    assert resolve(account, "stays")["move_id"] == second["move_id"]
    assert resolve(account, "t-stays")["conversation_id"] == resolve(account, "stays")["conversation_id"]


@pytest.mark.requirement("X-10")
def test_a_deleted_conversation_says_so_and_its_id_is_never_made_again(make_account: MakeAccount) -> None:
    account = seed(make_account, "new")
    with before_page(
        account,
        "verify_conversations",
        1,
        lambda: account.sandbox.live(account.id, "privacy_delete", conversation_id="c1"),
    ):
        report = account.move("chat")
    gone = {"conversation_id": None, "ticket_id": None, "state": "deleted"}
    assert report["status"] == "done"
    assert resolve(account, "c1") == {"id": "c1", "move_id": report["move_id"], **gone}
    assert resolve(account, "c0")["state"] == "copied"


@pytest.mark.requirement("X-10")
def test_an_unknown_id_another_accounts_id_and_one_that_never_moved_are_not_found(make_account: MakeAccount) -> None:
    account, stranger = seed(make_account, "new"), seed(make_account, "keep")
    account.move("chat")
    for asker, one in ((account, "nobody"), (stranger, "c0"), (account, "stays")):
        with pytest.raises(FunctionFailed) as failed:
            resolve(asker, one)
        assert f"account '{asker.id}' has moved nothing with the id '{one}'" in str(failed.value)
        status, body = fetch(asker, one, SIGNED)
        assert (status, body["error"]["code"]) == (404, "unknown_id")


@pytest.mark.requirement("X-10")
def test_who_does_not_sign_is_refused(make_account: MakeAccount) -> None:
    account = seed(make_account, "keep")
    before = account.stack.invocations.get("resolve_id", 0)
    assert fetch(account, "c0") == (403, {"message": "Forbidden"})
    assert account.stack.invocations.get("resolve_id", 0) == before
