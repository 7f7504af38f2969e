"""`deskshift tokens` without a stack: what is refused before anything starts, and how a report is told."""

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskshift.app.policies import tokens_policies
from infra.cli.arguments import build_parser
from infra.cli.main import main
from infra.cli.sample_account import write_sample
from infra.cli.tokens_days import LATER, stops
from infra.cli.tokens_options import check, operator, order, place
from infra.cli.tokens_tasks import tasks
from infra.cli.tokens_words import ended_in_words, pending_in_words, report_in_words, waits_for

DEPLOYED = ("--stack", "s", "--account-id", "acme", "--region", "eu-west-1")
CONNECT = ("connect", "--stack", "s", "--account-id", "acme")
ROW: dict[str, Any] = {
    "client_id": "crm",
    "agent_id": "ann",
    "reissue_id": "reissue-1",
    "route": "direct",
    "status": "confirmed",
    "reason": "the client uses the new token",
    "old_token": "retired",
    "old_tokens": ["t-1"],
    "successor": "t-2",
    "not_revoked": [],
    "dropped_scopes": [],
    "invited_at": "2026-12-01T00:00:00.000Z",
    "deadline": "2026-12-31T00:00:00.000Z",
    "ended_at": "2026-12-04T00:00:00.000Z",
    "rounds": 1,
}
CLIENT = {"client_id": "crm", "before": "1", "after": "1", "unchanged": True}
PENDING: dict[str, Any] = {
    "reissue_id": "reissue-1",
    "client_id": "crm",
    "agent_id": "ann",
    "route": "direct",
    "status": "invited",
    "deadline": "2026-12-31T00:00:00.000Z",
    "invitations": 1,
    "reminded": 2,
    "reason": "the integration's own authorization start",
}


def report(*rows: dict[str, Any], **changed: object) -> dict[str, Any]:
    made: dict[str, Any] = {
        "account_id": "acme",
        "batch_id": "batch-1",
        "grants_in": len(rows),
        "grants_out": len(rows),
        "balanced": True,
        "complete": True,
        "outcomes": {"confirmed": len(rows)},
        "old_tokens": {"retired": len(rows)},
        "grants": list(rows),
        "pending": [],
        "missing": [],
        "clients": [CLIENT],
        "clients_unchanged": True,
        "to_check": [{"client_id": "crm", "name": "CRM", "owner_id": "ann", "reasons": ["it uses OAuth"]}],
        **changed,
    }
    return {**made, "tasks": tasks(made)}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokens")
    write_sample(folder, 1)
    return folder


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (("reissue",), "--account, --stack: found neither"),
        (("reissue", "--account", "ACCOUNT", "--stack", "s"), "--account, --stack: found both"),
        (("reissue", "--account", "/nowhere"), "--account"),
        (("reissue", "--account", "ACCOUNT", "--account-id", "acme"), "--account-id"),
        (("reissue", "--account", "ACCOUNT", "--region", "eu-west-1"), "--region"),
        (("reissue", "--account", "ACCOUNT", "--agents", "accept=2"), "--agents: in 'accept=2' found '2'"),
        (("reissue", "--account", "ACCOUNT", "--agents", "accept=0.5"), "--agents: in 'accept=0.5' found a sum of 0.5"),
        (("reissue", "--account", "ACCOUNT", "--agents", "refuse=1"), "--agents: in 'refuse=1' found 'refuse'"),
        (("reissue", "--account", "ACCOUNT", "--agents", "accept=0.８,ignore=0.2"), "--agents: in 'accept=0."),  # noqa: RUF001 - a digit that is none
        (("reissue", "--account", "ACCOUNT", "--as", "nobody"), "--as: found nobody"),
        (("reissue", "--account", "ACCOUNT", "--report", "ACCOUNT"), ", a folder; allowed: a file"),
        (("reissue", *DEPLOYED, "--as", "op", "--client-id", "c", "--report", "r.json"), "--report: found r.json"),
        (("connect", "--stack", "s", "--account-id", "acme", "--entrust-none", "--entrust", "a"), "--entrust-none"),
        (("reissue", "--account", "ACCOUNT", "--seed", "one"), "--seed: found 'one'"),
        (("reissue", "--account", "ACCOUNT", "--agent-id", "ann"), "--agent-id"),
        (("reissue", "--account", "ACCOUNT", "--client-id", "a b"), "--client-id"),
        (("reissue", "--account", "ACCOUNT", "--request-id", "a b"), "--request-id"),
        (("reissue", "--account", "ACCOUNT", "--as", "a b"), "--as: found"),
        (("reissue", "--account", "ACCOUNT", "--report", "/"), "--report"),
        (("reissue", "--account", "ACCOUNT", "--report", "/dev/null/report.json"), "--report"),
        (("reissue", "--account", "ACCOUNT", "--as-of", "3"), "--as-of"),
        (("reissue", "--stack", "s"), "--account-id: found nothing"),
        (("reissue", *DEPLOYED), "--as: found nothing"),
        (("reissue", *DEPLOYED, "--as", "op", "--agents", "accept=1"), "--agents: found accept=1"),
        (("reissue", *DEPLOYED, "--as", "op", "--seed", "2"), "--seed: found 2"),
        (("pending", "--account", "ACCOUNT", "--as-of", "-1"), "--as-of: found '-1'"),
        (("pending", *DEPLOYED, "--as-of", "1"), "--as-of: found 1"),
        (("report", "--account", "ACCOUNT", "--batch-id", "batch-1"), "--batch-id: found batch-1"),
        (("report", "--account", "ACCOUNT", "--report", "report.csv"), "--report"),
        (("report", *DEPLOYED, "--batch-id", "b b"), "--batch-id: found"),
        (("invite", "--account", "ACCOUNT"), "--reissue-id"),
        (("invite", "--account", "ACCOUNT", "--reissue-id", "r r"), "--reissue-id: found"),
        (("extend", "--account", "ACCOUNT", "--reissue-id", "r"), "--until"),
        (("extend", "--account", "ACCOUNT", "--reissue-id", "r", "--until", "soon"), "--until: found"),
        (("extend", *DEPLOYED, "--as", "op", "--reissue-id", "r", "--until", "2026-12-31"), "--until: found"),
        (("withdraw", *DEPLOYED, "--reissue-id", "r"), "--as: found nothing"),
        (("roll-back", *DEPLOYED, "--reissue-id", "r"), "--reissue-id"),
        (("confirm", "--stack", "s", "--account-id", "a b", "--as", "op", "--reissue-id", "r"), "--account-id: found"),
        (("connect", "--stack", "s", "--account-id", "a b"), "--account-id: found"),
        (("connect", "--stack", "s", "--account-id", "acme", "--entrust", "a b"), "--entrust: found"),
        (
            ("connect", "--stack", "s", "--account-id", "acme", "--entrust", "a", "--entrust", "a"),
            "--entrust: found a, a",
        ),
        (("connect", "--stack", "s", "--account-id", "acme", "--subdomain", "a.b"), "--subdomain: found 'a.b'"),
    ],
)
def test_wrong_input_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], account: Path, argv: tuple[str, ...], named: str
) -> None:
    assert main(["tokens", *(str(account) if word == "ACCOUNT" else word for word in argv)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err


def test_a_refusal_leaves_no_report(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    assert main(["tokens", "reissue", "--account", str(tmp_path), "--report", str(file)]) == 2
    assert not file.exists()
    file.write_text("of yesterday", encoding="utf-8")
    assert main(["tokens", "reissue", "--account", str(tmp_path), "--report", str(file)]) == 2
    assert file.read_text("utf-8") == "of yesterday"


def test_an_account_without_clients_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    (tmp_path / "oauth.json").unlink()
    assert main(["tokens", "reissue", "--account", str(tmp_path)]) == 2
    assert "no oauth.json" in capsys.readouterr().err


def test_an_export_that_cannot_be_is_refused_by_field(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    file = tmp_path / "oauth.json"
    made = json.loads(file.read_text("utf-8"))
    made["grants"][0]["scopes"] = ["everything"]
    file.write_text(json.dumps(made), encoding="utf-8")
    assert main(["tokens", "reissue", "--account", str(tmp_path)]) == 2
    assert "oauth.json line 1, field grants[0].scopes" in capsys.readouterr().err


def test_a_report_is_told_with_its_counts() -> None:
    dropped = {**ROW, "agent_id": None, "route": "machine", "dropped_scopes": [["settings", "only an administrator"]]}
    told = report_in_words(report(ROW, dropped))
    assert told[:4] == [
        "Account acme: 2 grants in, 2 out; each has ended.",
        "Routes:     1 direct (at the integration's own start), 1 machine (client credentials)",
        "Outcomes:   2 confirmed",
        "Old tokens: 2 retired",
    ]
    assert "  - crm, its own: settings (only an administrator)" in told
    assert "What the issuer shows of 1 clients: all are unchanged." in told
    assert "  - CRM (crm): it uses OAuth" in told
    assert "To do:" not in told


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"complete": False, "pending": ["reissue-1"]}, "each has its reissue, and not all have ended"),
        ({"balanced": False}, "they do NOT balance"),
        ({"clients_unchanged": False, "clients": [{**CLIENT, "unchanged": False}]}, "all are NOT unchanged"),
    ],
)
def test_what_is_not_well_is_told(changed: dict[str, object], words: str) -> None:
    assert any(words in line for line in report_in_words(report(ROW, **changed)))


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (
            {"route": "manual", "status": "invited", "ended_at": None},
            "by_hand",
            "tokens confirm --reissue-id reissue-1",
        ),
        ({"route": "manual", "status": "expired"}, "by_hand", "tokens invite --reissue-id reissue-1"),
        ({"status": "failed", "reason": "too many scopes"}, "failed", "too many scopes"),
        ({"status": "wrong_person", "reason": "somebody else"}, "wrong_person", "tokens invite --reissue-id reissue-1"),
        ({"old_token": "operator_task"}, "old_token", "t-1"),
        ({"old_token": "operator_task", "old_tokens": []}, "old_token", "which the issuer does not list"),
    ],
)
def test_what_a_person_has_to_do_is_named(row: dict[str, object], code: str, words: str) -> None:
    (task,) = tasks(report({**ROW, **row}))
    assert task["code"] == code
    assert words in task["what"] + task["what_to_do"]


def test_a_task_names_whole_commands_that_are_taken(account: Path) -> None:
    parser = build_parser()
    manual = report({**ROW, "route": "manual", "status": "expired"})
    local = parser.parse_args(["tokens", "report", "--account", str(account)])
    deployed = parser.parse_args(["tokens", "report", *DEPLOYED])
    for given, names in ((local, ["confirm"]), (deployed, ["invite", "confirm"])):
        (task,) = tasks(manual, place(given))
        commands = re.findall("`deskshift ([^`]*)`", task["what_to_do"])
        assert [command.split()[1] for command in commands] == names
        for command in commands:
            asked = parser.parse_args(shlex.split(command))
            check(asked)
            order(asked, "acme", operator(asked) if asked.stack else "olga", datetime.now(UTC))


def test_a_missing_grant_and_a_changed_client_are_tasks() -> None:
    found = tasks(report(missing=[["crm", None]], clients=[{**CLIENT, "after": None, "unchanged": False}]))
    assert [task["code"] for task in found] == ["missing", "client_changed"]


@pytest.mark.parametrize("status", ["declined", "expired", "withdrawn"])
def test_an_end_that_somebody_chose_is_no_task(status: str) -> None:
    assert tasks(report({**ROW, "status": status, "old_token": "in_force"})) == []


@pytest.mark.parametrize(
    ("status", "route", "whom"),
    [
        ("invited", "direct", "the agent"),
        ("invited", "brokered", "the agent"),
        ("invited", "machine", "the integration"),
        ("invited", "manual", "an operator"),
        ("authorized", "direct", "the integration"),
        ("verified", "brokered", "the integration"),
        ("verified", "direct", "the commit window"),
        ("collected", "brokered", "the commit window"),
    ],
)
def test_who_is_waited_for(status: str, route: str, whom: str) -> None:
    assert waits_for({"status": status, "route": route}) == whom


def test_who_is_waited_for_is_told_in_a_table() -> None:
    told = pending_in_words([PENDING, {**PENDING, "agent_id": None, "route": "manual"}])
    assert told[-1] == "Waits for:  1 the agent, 1 an operator"
    assert len(told) == 4
    assert pending_in_words([]) == ["Nothing is open: nobody is waited for."]


def test_where_reissues_stand_is_told() -> None:
    still = {**ROW, "status": "invited", "ended_at": None, "reason": "invited again"}
    assert ended_in_words([ROW, still]) == [
        "reissue-1  crm, for ann: ended confirmed, old token retired (the client uses the new token)",
        "reissue-1  crm, for ann: invited, until 2026-12-31T00:00:00.000Z (invited again)",
    ]
    assert ended_in_words([]) == ["There is no reissue."]


def test_nothing_on_a_terminal_is_written_by_whoever_named_a_client() -> None:
    told = [
        *report_in_words(report({**ROW, "client_id": "\x1b[2J"})),
        *pending_in_words([{**PENDING, "reason": "\x07"}]),
    ]
    assert all(line.isprintable() for line in told)


def test_a_local_run_stops_where_something_may_be_due() -> None:
    policy = tokens_policies()[0]
    found = stops(policy, timedelta(0), timedelta(days=1))
    assert found[:2] == [timedelta(0), timedelta(days=1)]
    assert found[-1] == timedelta(days=policy.deadline_days + 1) + LATER
    assert timedelta(hours=policy.commit_window_hours) + LATER in found
