"""X-12: a dry run shows what would be done and changes nothing. X-14: permissions and plan are checked first."""

from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import files, record, writes
from tests.support.moves import Account

SCOPES = ("inbox.read", "inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write")


def seed(make_account: MakeAccount, **options: object) -> Account:
    conversations = [
        exports.conversation(
            f"c{n}", "chat", messages=[exports.message(f"m{n}", attachments=[exports.attachment(f"f{n}")])]
        )
        for n in range(3)
    ]
    export = exports.export(exports.new_account_id("before"), conversations=conversations)
    return make_account(export, options=options)


def everything(account: Account, folder: Path) -> dict[str, bytes]:
    account.dump(folder)
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.mark.requirement("X-12")
@pytest.mark.parametrize("by", ["queue", "console"])
def test_a_dry_run_shows_what_would_be_done_and_changes_nothing(
    make_account: MakeAccount, tmp_path: Path, by: str
) -> None:
    account = seed(make_account)
    before = everything(account, tmp_path / "1")
    if by == "queue":
        move = account.ask("chat", dry_run=True)
        report = account.report(move)
    else:
        arn = account.console("chat", dry_run=True)
        assert account.stack.wait_for(arn, 60)["status"] == "SUCCEEDED"
        reports = files(account, f"reports/{account.id}/")
        move = next(key for key in reports if key.endswith(".json")).rsplit("/", 1)[-1].removesuffix(".json")
        report = account.report(move)
    assert report["status"] == "dry_run"
    assert report["counts"]["conversations"]["source"] == 3
    assert report["counts"]["conversations"]["moved"] == 0
    estimate = report["estimate"]
    assert {name: estimate[name] for name in ("conversations", "messages", "attachments")} == {
        "conversations": 3,
        "messages": 3,
        "attachments": 3,
    }
    # The check 8; the other steps 24, and one import; each of the four passes of the listing a page; three files.
    assert estimate["vendor_calls"] == 8 + (17 + 4 + 5) + 1 + 2 * 3
    assert estimate["seconds"] > 0
    assert float(estimate["cost_usd"]) > 0
    assert {warning["code"] for warning in report["warnings"]} >= {"not_in_mobile_app", "agents_without_access"}
    assert writes(account) == []
    assert everything(account, tmp_path / "2") == before
    assert files(account, f"moves/{account.id}/") == {}


@pytest.mark.requirement("X-12", "H-04")
def test_a_dry_run_stands_in_nobodys_way_and_the_move_comes_afterwards(make_account: MakeAccount) -> None:
    account = seed(make_account)
    assert account.move("chat", dry_run=True)["status"] == "dry_run"
    assert account.move("chat")["status"] == "done"


@pytest.mark.requirement("X-12")
def test_a_dry_run_of_what_cannot_move_is_refused_with_the_reason(make_account: MakeAccount) -> None:
    account = seed(make_account)
    report = account.move("chat", dry_run=True, requested_by="with-access")
    assert report["status"] == "refused"
    assert [refusal["code"] for refusal in report["refusals"]] == ["missing_permission"]


@pytest.mark.requirement("X-14")
@pytest.mark.parametrize("missing", SCOPES)
def test_a_missing_scope_refuses_the_start_and_is_named(
    make_account: MakeAccount, tmp_path: Path, missing: str
) -> None:
    account = seed(make_account, scopes=[scope for scope in SCOPES if scope != missing])
    before = everything(account, tmp_path / "1")
    report = account.move("chat")
    assert report["status"] == "refused"
    refusal = next(one for one in report["refusals"] if one["code"] == "missing_scope")
    assert refusal["message"] == f"deskshift's access to the account lacks: {missing}"
    assert refusal["what_to_do"] == "Grant the scopes to deskshift's access, then ask again."
    assert writes(account) == []
    assert everything(account, tmp_path / "2") == before


@pytest.mark.requirement("X-14")
def test_a_plan_without_help_desk_refuses_the_start(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account, plan={"help_desk": False})
    before = everything(account, tmp_path / "1")
    report = account.move("chat")
    assert report["status"] == "refused"
    assert "plan_without_help_desk" in [refusal["code"] for refusal in report["refusals"]]
    assert writes(account) == []
    assert everything(account, tmp_path / "2") == before


@pytest.mark.requirement("X-14", "H-01")
def test_a_refused_move_starts_once_the_permission_is_there_by_a_new_request(make_account: MakeAccount) -> None:
    account = seed(make_account, scopes=[scope for scope in SCOPES if scope != "webhooks.write"])
    refused = account.move("chat")
    account.sandbox.set_options(account.id, scopes=list(SCOPES))
    assert refused["status"] == "refused"
    assert record(account, refused["move_id"])["started_at"] is None
    assert account.move("chat")["status"] == "done"


@pytest.mark.requirement("X-14")
def test_a_token_that_the_platform_does_not_know_pauses_the_move_before_it_begins(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    before = everything(account, tmp_path / "1")
    account.stack.client("secretsmanager").put_secret_value(
        SecretId=account.connection.secret_arn, SecretString="not-the-token"
    )
    report = account.move("chat")
    assert report["status"] == "paused"
    assert report["paused_because"]["code"] == "vendor_refused"
    assert "401 unauthorized" in report["paused_because"]["message"]
    assert "not-the-token" not in str(report)
    assert everything(account, tmp_path / "2") == before
