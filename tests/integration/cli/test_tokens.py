"""`deskshift tokens`: a whole reissue on a local stack, what an operator does on the way, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

from deskshift.domain.tokens.ids import reissue_id
from infra.cli.sample_account import write_sample
from infra.cli.sample_oauth import BROKERED
from tests.integration.cli.conftest import Deskshift
from tests.support.reissuing import far

AGENTS = [f"sample-agent-{number}" for number in range(5)]
WIDGET = "sample-widget"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokens")
    write_sample(folder, 1)
    return folder


@pytest.fixture(scope="module")
def renewable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an account without the client that no route renews."""
    folder = tmp_path_factory.mktemp("renewable")
    write_sample(folder, 1)
    change(folder, lambda oauth: without(oauth, WIDGET))
    return folder


def without(oauth: dict[str, Any], client_id: str) -> dict[str, Any]:
    return {
        "clients": [one for one in oauth["clients"] if one["id"] != client_id],
        "grants": [one for one in oauth["grants"] if one["client_id"] != client_id],
    }


def change(folder: Path, how: Any) -> None:  # noqa: ANN401 - any change of an object
    file = folder / "oauth.json"
    file.write_text(json.dumps(how(json.loads(file.read_text("utf-8")))), encoding="utf-8")


def outcomes(report: dict[str, Any]) -> dict[tuple[str, str | None], tuple[str, str]]:
    return {(row["client_id"], row["agent_id"]): (row["status"], row["old_token"]) for row in report["grants"]}


@pytest.mark.requirement("Z-17", "Z-18", "Z-19")
def test_every_grant_of_an_account_ends_with_a_known_outcome(
    deskshift: Deskshift, account: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out" / "report.json"
    ended = deskshift("tokens", "reissue", "--account", account, "--json", "--report", file)
    report: Any = json.loads(ended.out)
    assert (ended.code, ended.err) == (3, "")
    assert json.loads(file.read_text("utf-8")) == report
    assert (report["grants_in"], report["grants_out"], report["balanced"], report["complete"]) == (13, 13, True, True)
    assert report["outcomes"] == {"confirmed": 10, "declined": 1, "expired": 2}
    assert (report["clients_unchanged"], len(report["clients"])) == (True, 5)
    assert {row["route"] for row in report["grants"]} == {"direct", "brokered", "machine", "manual"}
    for status, old_token in outcomes(report).values():
        assert (old_token == "retired") == (status == "confirmed")
    # Only what no route renews is left, for an operator.
    assert [(task["code"], WIDGET in task["what"]) for task in report["tasks"]] == [("by_hand", True)]
    dropped = {(row["agent_id"], scope) for row in report["grants"] for scope, _ in row["dropped_scopes"]}
    assert dropped == {("sample-agent-2", "settings:write")}
    assert {one["client_id"] for one in report["to_check"]} == {one["client_id"] for one in report["clients"]}


@pytest.mark.requirement("Z-18")
def test_where_all_accept_nothing_is_left_to_do(deskshift: Deskshift, renewable: Path) -> None:
    ended = deskshift("tokens", "reissue", "--account", renewable, "--agents", "accept=1")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "Account sample: 12 grants in, 12 out; each has ended."
    assert "Outcomes:   12 confirmed" in lines
    assert "Old tokens: 12 retired" in lines
    assert "To do:" not in lines


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize(("agents", "status"), [("decline=1", "declined"), ("ignore=1", "expired")])
def test_whoever_does_not_authorize_keeps_the_old_token(
    deskshift: Deskshift, renewable: Path, agents: str, status: str
) -> None:
    ended = deskshift("tokens", "report", "--account", renewable, "--agents", agents, "--json")
    found = outcomes(json.loads(ended.out))
    assert ended.code == 0
    assert {found[client_id, agent_id] for client_id, agent_id in found if agent_id} == {(status, "in_force")}
    assert found["sample-export", None] == ("confirmed", "retired")


def test_one_grant_alone(deskshift: Deskshift, account: Path) -> None:
    grant = ("--client-id", BROKERED, "--agent-id", AGENTS[0])
    ended = deskshift("tokens", "reissue", "--account", account, *grant, "--agents", "accept=1", "--json")
    report: Any = json.loads(ended.out)
    assert (ended.code, report["batch_id"], report["balanced"], report["clients_unchanged"]) == (0, None, True, True)
    (row,) = report["grants"]
    assert (row["reissue_id"], row["route"]) == (reissue_id("sample", BROKERED, AGENTS[0]), "brokered")
    assert (row["status"], row["old_token"]) == ("confirmed", "retired")
    assert row["old_tokens"] == [f"{BROKERED}-token-0-0"]


def test_a_grant_that_there_is_not_is_refused(deskshift: Deskshift, account: Path) -> None:
    ended = deskshift("tokens", "reissue", "--account", account, "--client-id", "nobody")
    assert (ended.code, ended.out) == (2, "")
    assert "[unknown_grant]" in ended.err


@pytest.mark.requirement("Z-18")
def test_who_is_waited_for_on_a_day(deskshift: Deskshift, account: Path) -> None:
    ended = deskshift("tokens", "pending", "--account", account, "--as-of", "15", "--json")
    pending = json.loads(ended.out)["pending"]
    assert ended.code == 3
    assert {(one["client_id"], one["agent_id"]) for one in pending} == {
        ("sample-mobile", AGENTS[4]),
        (WIDGET, AGENTS[2]),
    }
    # By the policy two reminders are due by then; who has no link has none.
    assert [one["reminded"] for one in pending if one["client_id"] == "sample-mobile"] == [2]


def test_a_report_on_a_day_says_what_has_not_ended(deskshift: Deskshift, account: Path) -> None:
    ended = deskshift("tokens", "report", "--account", account, "--as-of", "1")
    assert ended.code == 3
    assert "each has its reissue, and not all have ended" in ended.out.splitlines()[0]
    assert "Waited for:" in ended.out


@pytest.mark.requirement("Z-18")
def test_what_an_operator_does_leads_on(deskshift: Deskshift, account: Path) -> None:
    late = ("--reissue-id", reissue_id("sample", "sample-mobile", AGENTS[4]))
    invited = deskshift("tokens", "invite", "--account", account, *late, "--as-of", "9", "--json")
    told: Any = json.loads(invited.out)
    assert (invited.code, told["reissues"][0]["invitations"]) == (0, 2)
    assert outcomes(told["report"])["sample-mobile", AGENTS[4]] == ("confirmed", "retired")

    withdrawn = deskshift("tokens", "withdraw", "--account", account, *late, "--json")
    told = json.loads(withdrawn.out)
    assert outcomes(told["report"])["sample-mobile", AGENTS[4]] == ("withdrawn", "in_force")

    by_hand = ("--reissue-id", reissue_id("sample", WIDGET, AGENTS[2]))
    confirmed = deskshift("tokens", "confirm", "--account", account, *by_hand, "--as", AGENTS[1])
    assert (confirmed.code, "ended confirmed" in confirmed.out, f"done by {AGENTS[1]}" in confirmed.out) == (
        0,
        True,
        True,
    )


@pytest.mark.requirement("Z-18")
def test_a_rollback_leaves_the_old_tokens_until_they_are_retired(deskshift: Deskshift, account: Path) -> None:
    early = deskshift("tokens", "roll-back", "--account", account, "--json")
    found = outcomes(json.loads(early.out)["report"])
    assert early.code == 0
    assert {status for status, _ in found.values()} == {"withdrawn", "declined"}
    assert {old for (client_id, _), (_, old) in found.items() if client_id != WIDGET} == {"in_force"}

    late = deskshift("tokens", "roll-back", "--account", account, "--as-of", "5")
    assert (late.code, late.out) == (2, "")
    assert "[transition_not_possible]" in late.err


def test_more_time_than_there_was_is_given(deskshift: Deskshift, account: Path) -> None:
    late = ("--reissue-id", reissue_id("sample", "sample-mobile", AGENTS[4]))
    until = far()
    given = deskshift("tokens", "extend", "--account", account, *late, "--until", until, "--json")
    told: Any = json.loads(given.out)
    assert (given.code, told["reissues"][0]["deadline"]) == (0, until)
    assert outcomes(told["report"])["sample-mobile", AGENTS[4]] == ("expired", "in_force")


def test_a_reissue_that_there_is_not_is_refused(deskshift: Deskshift, account: Path) -> None:
    ended = deskshift("tokens", "invite", "--account", account, "--reissue-id", "reissue-0")
    assert (ended.code, ended.out) == (2, "")
    assert "[unknown_reissue]" in ended.err


def test_a_field_that_nothing_reads_is_told(deskshift: Deskshift, tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    change(tmp_path, lambda oauth: without(oauth, WIDGET))
    change(tmp_path, lambda oauth: {**oauth, "tenant": "eu"})
    ended = deskshift("tokens", "pending", "--account", tmp_path, "--json")
    assert ended.code == 3
    assert "Warning: " in ended.err
    assert "tenant" in ended.err
