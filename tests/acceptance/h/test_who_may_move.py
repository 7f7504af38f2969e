from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account

WRITES = {"PUT", "POST", "DELETE"}


def _account(make_account: MakeAccount) -> Account:
    agents = [
        exports.agent("admin", "super_admin"),
        exports.agent("deputy", "admin"),
        exports.agent("colleague", "agent"),
    ]
    conversations = [exports.conversation("c0", "chat")]
    return make_account(exports.export(exports.new_account_id("who"), agents=agents, conversations=conversations))


def _is_untouched(account: Account, folder: Path) -> bool:
    dump = account.dump(folder)
    in_inbox = [row["id"] for row in dump.rows("inbox/channels.jsonl")] == ["chat"]
    return in_inbox and dump.rows("help_desk/channels.jsonl") == [] and dump.rows("help_desk/conversations.jsonl") == []


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize(
    ("asker", "what_it_is"),
    [
        ("deputy", "deputy has the role admin"),
        ("colleague", "colleague has the role agent"),
        ("stranger", "stranger is no agent of account {account}"),
    ],
)
def test_anyone_but_a_super_admin_is_refused_by_name_of_the_missing_permission(
    make_account: MakeAccount, tmp_path: Path, asker: str, what_it_is: str
) -> None:
    account = _account(make_account)
    report = account.move("chat", requested_by=asker)
    assert report["status"] == "refused"
    assert [notice["code"] for notice in report["refusals"]] == ["missing_permission"]
    expected = f"missing permission: super_admin; {what_it_is.format(account=account.id)}"
    assert report["refusals"][0]["message"] == expected
    assert report["refusals"][0]["what_to_do"] == "Let a super admin of the account ask for the move."
    assert [call for call in account.sandbox.calls(account.id) if call["method"] in WRITES] == []
    assert _is_untouched(account, tmp_path)


@pytest.mark.requirement("H-01")
def test_the_console_checks_the_permission_as_the_queue_does(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    report = account.console_move("chat", requested_by="deputy")
    assert (report["status"], [notice["code"] for notice in report["refusals"]]) == ("refused", ["missing_permission"])
    assert _is_untouched(account, tmp_path)


@pytest.mark.requirement("H-01")
def test_a_super_admin_of_another_account_is_a_stranger(make_account: MakeAccount, tmp_path: Path) -> None:
    chief = exports.agent("chief-of-another", "super_admin")
    make_account(exports.export(exports.new_account_id("other"), agents=[chief]))
    account = _account(make_account)
    report = account.move("chat", requested_by="chief-of-another")
    assert [notice["code"] for notice in report["refusals"]] == ["missing_permission"]
    assert _is_untouched(account, tmp_path)


@pytest.mark.requirement("H-01")
def test_the_role_counts_that_the_platform_shows_at_the_start(make_account: MakeAccount) -> None:
    account = _account(make_account)
    demoted = [exports.agent("admin", "agent"), exports.agent("colleague", "super_admin")]
    account.sandbox.set_options(account.id, agents=demoted)
    refused = account.move("chat", requested_by="admin")
    assert [notice["code"] for notice in refused["refusals"]] == ["missing_permission"]
    assert account.move("chat", requested_by="colleague")["status"] == "done"


@pytest.mark.requirement("H-01")
def test_a_super_admin_may_start_from_the_queue_and_from_the_console(make_account: MakeAccount) -> None:
    assert _account(make_account).move("chat")["status"] == "done"
    assert _account(make_account).console_move("chat")["status"] == "done"
