"""status, resume and cancel on a stack, by boto3."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.cli.main import main
from infra.cli.sample_account import CHAT, sample_account
from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.support.moves import Account

Operator = Callable[..., tuple[int, str, str]]


@pytest.fixture
def operator(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Give a function that runs an operator's command on the stack."""

    def run(command: str, account_id: str, move_id: str, *more: str) -> tuple[int, str, str]:
        where = ("--stack", stack.name, "--region", stack.region)
        code = main([command, *where, "--account-id", account_id, "--move-id", move_id, *more])
        told = capsys.readouterr()
        # The stack is in this process, and so are the metrics that its functions print.
        lines = [line for line in told.out.splitlines(keepends=True) if not line.startswith('{"_aws"')]
        return code, "".join(lines), told.err

    return run


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    """Seed a sample account under an id of its own."""
    made = sample_account(12)
    made["account"]["id"] = "operated"
    return make_account(made)


def ask(account: Account, channel: str, **fields: object) -> str:
    return account.ask(channel, requested_by="sample-agent-0", **fields)


def test_a_paused_move_is_shown_resumed_and_done(account: Account, operator: Operator) -> None:
    account.sandbox.faults(account.id, "corrupt=messages.text")
    move = ask(account, CHAT)
    account.ended(move)
    queued = ask(account, "sample-mail")
    account.ended(queued, "queued")

    code, out, _ = operator("status", account.id, move)
    assert code == 0
    assert f"Move {move} of channel {CHAT} is paused." in out
    assert "[verification_failed]" in out

    assert " left" not in out.split("Why it goes no further")[0]

    code, out, _ = operator("status", account.id, queued)
    waiting = f"  waits for      move {move} of the same account, which is paused; resume that one first."
    assert (code, out.splitlines()[1]) == (0, waiting)
    code, out, _ = operator("status", account.id, queued, "--json")
    assert (code, json.loads(out)["status"]) == (0, "queued")
    code, out, _ = operator("cancel", account.id, queued)
    assert (code, out) == (0, f"Move {queued} is cancelled: status cancelled, attempt 1.\n")

    code, out, _ = operator("resume", account.id, move)
    assert (code, out) == (0, f"Move {move} goes on: status running, attempt 2.\n")
    assert account.ended(move)["status"] == "done"
    code, out, err = operator("cancel", account.id, move)
    assert (code, out) == (2, "")
    assert "its status is done" in err
    assert "[transition_refused]" in err


def test_an_unknown_move_and_an_unknown_stack_are_named(stack: LocalStack, operator: Operator) -> None:
    code, out, err = operator("status", "nobody", "nothing")
    assert (code, out) == (2, "")
    assert "account 'nobody' has no move 'nothing' [unknown_move]" in err
    code, out, err = operator("status", "nobody", "not an id")
    assert (code, out) == (2, "")
    assert "move_id" in err
    code, out, err = operator("resume", "nobody", "nothing", "--stack", "elsewhere")
    assert (code, out) == (2, "")
    assert "elsewhere" in err
    assert "[refused_by_aws]" in err


def test_the_quarantine_of_a_refused_move_is_none(account: Account, operator: Operator) -> None:
    move = account.ask(CHAT, requested_by="nobody", request_id="refused")
    account.ended(move, "refused")
    code, out, err = operator("quarantine", account.id, move, "list")
    assert (code, out) == (2, "")
    assert "[nothing_moved]" in err


def test_a_report_that_is_not_there_leaves_no_file(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.json"
    code, out, err = operator("report", "nobody", "nothing", "--report", str(file))
    assert (code, out) == (2, "")
    assert "[no_report]" in err
    assert not file.parent.exists()


@pytest.mark.parametrize("command", [("report",), ("quarantine", "list")])
def test_ids_that_cannot_be_are_refused_by_name(operator: Operator, command: tuple[str, ...]) -> None:
    code, _, err = operator(command[0], "../other", "move", *command[1:])
    assert (code, "--account-id" in err) == (2, True)
    code, _, err = operator(command[0], "acme", "../move", *command[1:])
    assert (code, "--move-id" in err) == (2, True)


def test_an_address_of_aws_that_is_none_is_named(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "notaurl")
    code, out, err = operator("status", "acme", "move")
    assert (code, out) == (2, "")
    assert "AWS_ENDPOINT_URL: found 'notaurl'" in err


def test_usage_is_printed_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["move", "--stack", "s"]) == 2
    said = capsys.readouterr().err
    assert "?" not in said
    assert len(said.splitlines()) > 2


def test_no_credentials_are_an_error_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    code = main(["status", "--stack", "s", "--account-id", "a", "--move-id", "m"])
    told = capsys.readouterr()
    assert (code, told.out) == (3, "")
    assert "region" in told.err
