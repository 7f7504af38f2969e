from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Dump, Json

STARTED = "2023-11-05T23:59:59.999Z"
SLA = {"first_reply_minutes": 60}


def _account(make_account: MakeAccount, *conversations: Json, **parts: object) -> Account:
    account_id = exports.new_account_id("created")
    return make_account(exports.export(account_id, conversations=list(conversations), **parts))


def _ticket_of(dump: Dump, conversation_id: str) -> Json:
    """Give the one ticket that is linked with a conversation, from both sides."""
    held = dump.by_id("help_desk/conversations.jsonl")[conversation_id]
    linked = [row for row in dump.rows("help_desk/tickets.jsonl") if row["conversation_id"] == held["id"]]
    assert [row["id"] for row in linked] == [held["ticket_id"]]
    return linked[0]


@pytest.mark.requirement("H-17")
def test_each_conversation_without_a_ticket_gets_one_that_is_linked(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(
        make_account,
        exports.conversation("a", "chat"),
        exports.conversation("empty", "chat", messages=[]),
        exports.conversation("old", "chat", archived=True),
    )
    report = account.move("chat")
    dump = account.dump(tmp_path)
    assert report["counts"]["tickets"] == {"kept": 0, "created": 3}
    assert len({_ticket_of(dump, one)["id"] for one in ("a", "empty", "old")}) == 3
    assert len(dump.rows("help_desk/tickets.jsonl")) == 3
    assert _ticket_of(dump, "a")["subject"] == "hello"
    assert _ticket_of(dump, "empty")["subject"] == "Conversation empty"


@pytest.mark.requirement("H-18")
def test_its_creation_date_is_the_conversations_start(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(
        make_account,
        exports.conversation("a", "chat", started_at=STARTED),
        exports.conversation("empty", "chat", started_at="2024-02-29T00:00:00.000Z", messages=[]),
    )
    account.move("chat")
    dump = account.dump(tmp_path)
    assert _ticket_of(dump, "a")["created_at"] == STARTED
    assert _ticket_of(dump, "empty")["created_at"] == "2024-02-29T00:00:00.000Z"


@pytest.mark.requirement("H-19")
@pytest.mark.parametrize(
    ("status_map", "of_open", "of_closed"),
    [
        ({"open": "waiting_on_us", "closed": "waiting_on_contact"}, "waiting_on_us", "waiting_on_contact"),
        ({"open": "closed", "closed": "new"}, "closed", "new"),
        (None, "new", "closed"),
    ],
)
def test_its_status_comes_from_the_requests_map(
    make_account: MakeAccount, tmp_path: Path, status_map: Mapping[str, str] | None, of_open: str, of_closed: str
) -> None:
    account = _account(
        make_account,
        exports.conversation("open", "chat", status="open"),
        exports.conversation("closed", "chat", status="closed"),
        exports.conversation("kept", "chat", status="open", ticket_id="t-kept"),
        tickets=[exports.ticket("t-kept", "kept", status="waiting_on_us")],
    )
    account.move("chat", status_map=status_map)
    dump = account.dump(tmp_path)
    assert _ticket_of(dump, "open")["status"] == of_open
    assert _ticket_of(dump, "closed")["status"] == of_closed
    assert _ticket_of(dump, "kept")["status"] == "waiting_on_us"
    statuses = {key: row["status"] for key, row in dump.by_id("help_desk/conversations.jsonl").items()}
    assert statuses == {"open": "open", "closed": "closed", "kept": "open"}


@pytest.mark.requirement("H-19")
def test_a_map_to_a_status_that_the_account_lacks_is_refused(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account, exports.conversation("a", "chat"))
    report = account.move("chat", status_map={"open": "new", "closed": "solved"})
    assert report["status"] == "refused"
    assert [(notice["code"], notice["message"]) for notice in report["refusals"]] == [
        ("unknown_ticket_status", "status_map.closed: found 'solved', which is no ticket status of the account")
    ]
    use = "Use one of: new, waiting_on_contact, waiting_on_us, closed."
    assert report["refusals"][0]["what_to_do"] == use
    assert account.dump(tmp_path).rows("help_desk/tickets.jsonl") == []


@pytest.mark.requirement("H-20")
@pytest.mark.parametrize(
    ("owner", "ticket_owner"),
    [("with-access", "with-access"), ("without-access", None), ("left-long-ago", None), (None, None)],
)
def test_its_owner_is_the_conversations_owner_if_that_agent_has_access_else_nobody(
    make_account: MakeAccount, tmp_path: Path, owner: str | None, ticket_owner: str | None
) -> None:
    account = _account(make_account, exports.conversation("a", "chat", owner_id=owner))
    report = account.move("chat")
    dump = account.dump(tmp_path)
    assert (report["status"], report["differences"]) == ("done", [])
    assert _ticket_of(dump, "a")["owner_id"] == ticket_owner
    assert dump.by_id("help_desk/conversations.jsonl")["a"]["owner_id"] == owner


@pytest.mark.requirement("H-16", "H-20")
def test_a_ticket_that_existed_keeps_its_owner_even_without_access(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(
        make_account,
        exports.conversation("a", "chat", owner_id="with-access", ticket_id="t-a"),
        tickets=[exports.ticket("t-a", "a", owner_id="without-access")],
    )
    account.move("chat")
    assert _ticket_of(account.dump(tmp_path), "a")["owner_id"] == "without-access"


def _moved_with_ticket_and_without(make_account: MakeAccount) -> Account:
    account = _account(
        make_account,
        exports.conversation("created", "chat", status="open", owner_id="without-access"),
        exports.conversation("kept", "chat", ticket_id="t-kept"),
        tickets=[exports.ticket("t-kept", "kept")],
    )
    assert account.move("chat")["status"] == "done"
    return account


def _reading(account: Account, agent_id: str, conversation_id: str, ticket_id: str) -> list[tuple[int, str | None]]:
    """Read a conversation and its ticket as an agent: status, and the error's code."""
    paths = (f"/help_desk/conversations/{conversation_id}", f"/help_desk/tickets/{ticket_id}")
    answers = [account.as_agent(path, agent_id) for path in paths]
    return [(status, answer["error"]["code"] if status >= 400 else None) for status, answer in answers]


@pytest.mark.requirement("H-22")
def test_access_and_sla_apply_to_every_moved_conversation_and_ticket(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _moved_with_ticket_and_without(make_account)
    dump = account.dump(tmp_path)
    for conversation_id in ("created", "kept"):
        ticket = _ticket_of(dump, conversation_id)
        assert ticket["sla"] == SLA
        assert _reading(account, "with-access", conversation_id, ticket["id"]) == [(200, None), (200, None)]
        refused = [(403, "no_help_desk_access"), (403, "no_help_desk_access")]
        assert _reading(account, "without-access", conversation_id, ticket["id"]) == refused
        assert _reading(account, "left-long-ago", conversation_id, ticket["id"]) == refused


@pytest.mark.requirement("H-22")
def test_without_an_sla_no_moved_ticket_has_one(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account, exports.conversation("a", "chat"))
    account.sandbox.set_options(account.id, sla=None)
    assert account.move("chat")["status"] == "done"
    assert _ticket_of(account.dump(tmp_path), "a")["sla"] is None


@pytest.mark.requirement("H-22")
def test_sla_clocks_of_the_past_alert_nobody(make_account: MakeAccount) -> None:
    quiet = {"notifications": {"new_ticket": False, "assignment": False}}
    account = _account(make_account, exports.conversation("a", "chat", status="open"), account=quiet)
    assert account.move("chat")["status"] == "done"
    assert account.sandbox.state(account.id)["sent"] == []


@pytest.mark.requirement("H-11", "H-12")
@pytest.mark.parametrize("history", ["all", "none"])
def test_a_new_conversation_appears_in_the_help_desk_with_a_linked_ticket_under_access_and_sla(
    make_account: MakeAccount, tmp_path: Path, history: str
) -> None:
    account = _account(make_account, exports.conversation("a", "chat"))
    assert account.move("chat", history=history)["status"] == "done"
    told = account.sandbox.live(account.id, "new_conversation", channel_id="chat", text="Is anybody there?")
    assert told["where"] == "help_desk"
    born = told["conversation"]["id"]
    dump = account.dump(tmp_path)
    ticket = _ticket_of(dump, born)
    assert (ticket["sla"], ticket["status"], ticket["created_at"]) == (SLA, "new", told["at"])
    assert born not in dump.by_id("inbox/conversations.jsonl")
    assert _reading(account, "with-access", born, ticket["id"]) == [(200, None), (200, None)]
    refused = [(403, "no_help_desk_access"), (403, "no_help_desk_access")]
    assert _reading(account, "without-access", born, ticket["id"]) == refused
