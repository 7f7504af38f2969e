"""`deskshift tokens` on a deployed stack; and that nothing that is printed holds a token, a code or a secret."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.cli import tokens_deployed
from infra.cli.main import main
from infra.cli.tokens_days import LATER, Days, Played
from infra.cli.tokens_integrations import Integrations
from infra.cli.tokens_people import People
from infra.local import accounts
from infra.local.sandbox.client import Sandbox
from infra.local.sandbox.export import parse_export
from infra.local.stack import LocalStack
from tests.support import exports
from tests.support.reissuing import CRM, DIALER, EXPORT, PEOPLE, WIDGET, export, far

ACCEPT = {"accept": 1.0, "decline": 0.0, "ignore": 0.0}
IGNORE = {"accept": 0.0, "decline": 0.0, "ignore": 1.0}
COMMIT_WINDOW = timedelta(hours=72) + LATER
_LOGGED = ('{"_aws"', '{"level"')
"""What a function that is still at work prints in this process."""
_SECRET_LIKE = re.compile(r"[A-Za-z0-9_-]{16,}")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_deployed, "LOOK_EVERY_SECONDS", 0.05)


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, and the account that they care for."""

    stack: LocalStack
    sandbox: Sandbox
    account_id: str
    entrusted: dict[str, str]
    capsys: pytest.CaptureFixture[str]
    printed: list[str]

    def run(self, command: str, *options: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON of any shape
        """Run a command, and give what it printed; its JSON where it is asked for."""
        where = ("--stack", self.stack.name, "--region", self.stack.region, "--account-id", self.account_id)
        ended = main(["tokens", command, *where, *options])
        told = self.capsys.readouterr()
        out = "".join(line for line in told.out.splitlines(keepends=True) if not line.startswith(_LOGGED))
        self.printed.extend((out, told.err))
        assert ended == code, (out, told.err)
        return json.loads(out) if "--json" in options else out + told.err

    @contextmanager
    def days(self, fractions: dict[Any, float]) -> Iterator[Days]:
        """Let days pass, with people who do what the fractions say."""
        oauth = parse_export(export(self.account_id)).oauth
        assert oauth is not None
        where = f"{self.stack.http_url}/oauth/{self.account_id}/tokens"
        integrations = Integrations(self.sandbox, self.account_id, oauth, where, self.entrusted)
        with People(self.sandbox, self.account_id, fractions, 1) as people:
            yield Days(self.stack, self.sandbox, Played(self.account_id, people, integrations), datetime.now(UTC))


@pytest.fixture
def operator(stack: LocalStack, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Operator:
    account_id = exports.new_account_id("tokens")
    given = export(account_id)
    token, secret = accounts.new_token(), accounts.new_webhook_secret()
    sandbox.add_account(given, token=token, webhook_secret=secret, deskshift_url=stack.http_url)
    accounts.connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
    entrusted = accounts.connect_issuer(stack, sandbox, parse_export(given))
    return Operator(stack, sandbox, account_id, entrusted, capsys, [])


def of(shown: list[dict[str, Any]], client_id: str, agent_id: str | None) -> dict[str, Any]:
    (found,) = [one for one in shown if (one["client_id"], one["agent_id"]) == (client_id, agent_id)]
    return found


def test_all_grants_are_asked_for_and_looked_at(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    asked = ("--as", "olga", "--request-id", "all")
    opened = operator.run("reissue", *asked, "--json", "--report", str(file))
    assert (opened["balanced"], opened["complete"], opened["missing"]) == (True, False, [])
    assert json.loads(file.read_text("utf-8")) == opened
    again = operator.run("reissue", *asked, "--json")
    assert again["batch_id"] == opened["batch_id"]
    report = operator.run("report", "--batch-id", opened["batch_id"], code=3)
    assert "not all have ended" in report
    waiting = operator.run("pending", "--json", code=3)["pending"]
    assert {(one["client_id"], one["agent_id"]) for one in waiting} == {
        *((CRM, one) for one in PEOPLE),
        *((DIALER, one) for one in ("ann", "bob")),
        (EXPORT, None),
        (WIDGET, "bob"),
    }
    assert "[unknown_batch]" in operator.run("report", "--batch-id", "batch-0", code=2)


def test_while_a_batch_opens_nobody_reads_its_clients_besides(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str | None] = []
    real = tokens_deployed.DeployedTokens.report

    def report(one: tokens_deployed.DeployedTokens, batch_id: str | None) -> dict[str, Any]:
        reports.append(batch_id)
        return real(one, batch_id)

    monkeypatch.setattr(tokens_deployed.DeployedTokens, "report", report)
    opened = operator.run("reissue", "--as", "olga", "--json")
    assert (reports, opened["missing"]) == ([opened["batch_id"]], [])


def test_one_grant_is_asked_for_and_operated_on(operator: Operator) -> None:
    one = operator.run("reissue", "--as", "olga", "--client-id", CRM, "--agent-id", "ann", "--json")
    reissue = ("--reissue-id", of(one["pending"], CRM, "ann")["reissue_id"], "--as", "olga", "--json")
    (again,) = operator.run("invite", *reissue)["reissues"]
    assert (again["status"], again["invitations"]) == ("invited", 2)
    until = far()
    (longer,) = operator.run("extend", *reissue, "--until", until)["reissues"]
    assert longer["deadline"] == until
    (ended,) = operator.run("withdraw", *reissue)["reissues"]
    assert (ended["status"], ended["old_token"]) == ("withdrawn", "in_force")
    assert "[transition_not_possible]" in operator.run("confirm", *reissue[:-1], code=2)
    assert "[unknown_batch]" in operator.run("report", code=2)
    assert "nobody is waited for" in operator.run("pending")
    (anew,) = operator.run("invite", *reissue)["reissues"]
    assert (anew["round"], anew["status"]) == (2, "invited")


def test_the_id_of_the_request_that_led_to_a_reissue_invites_nobody(operator: Operator) -> None:
    one = ("--as", "olga", "--request-id", "once")
    asked = operator.run("reissue", *one, "--client-id", CRM, "--agent-id", "ann", "--json")
    reissue = ("--reissue-id", of(asked["pending"], CRM, "ann")["reissue_id"])
    operator.run("withdraw", *reissue, "--as", "olga")
    assert "[request_differs]" in operator.run("invite", *reissue, *one, code=2)


def test_what_is_done_by_hand_is_confirmed(operator: Operator) -> None:
    one = operator.run("reissue", "--as", "olga", "--client-id", WIDGET, "--agent-id", "bob", "--json")
    reissue_id = of(one["pending"], WIDGET, "bob")["reissue_id"]
    assert "ended confirmed" in operator.run("confirm", "--reissue-id", reissue_id, "--as", "olga")


def test_an_account_goes_back(operator: Operator) -> None:
    operator.run("reissue", "--as", "olga")
    with operator.days(ACCEPT) as days:
        days.pass_by(timedelta(0))
    back = operator.run("roll-back", "--as", "olga", "--json")["reissues"]
    assert {one["old_token"] for one in back} <= {"in_force", "gone", "none"}
    assert {one["status"] for one in back} <= {"withdrawn", "failed"}


def test_a_request_that_can_never_succeed_is_refused_with_its_reason(operator: Operator) -> None:
    said = operator.run("reissue", "--as", "olga", "--client-id", "nobody", code=2)
    assert "client 'nobody' has no grant of its own" in said
    assert "[unknown_grant]" in said
    where = ("--stack", operator.stack.name, "--region", operator.stack.region, "--queue", "tokens")
    assert main(["dead-letters", *where, "list"]) == 3  # it was only looked at
    assert "unknown_grant" in operator.capsys.readouterr().out


def test_an_account_that_is_not_connected_is_refused_before_anything_is_sent(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--stack", operator.stack.name, "--region", operator.stack.region, "--account-id", "nobody")
    before = len(operator.stack.queue_messages("TokenReissuesDeadLetterQueue"))
    assert main(["tokens", "reissue", *where, "--as", "olga"]) == 2
    assert "[unknown_account]" in capsys.readouterr().err
    operator.stack.drain(30)
    assert len(operator.stack.queue_messages("TokenReissuesDeadLetterQueue")) == before


def test_the_id_of_somebody_elses_request_is_refused(operator: Operator) -> None:
    operator.run("reissue", "--as", "olga", "--request-id", "mine")
    said = operator.run("reissue", "--as", "otto", "--request-id", "mine", code=2)
    assert "[request_differs]" in said


def test_a_request_whose_reissue_has_ended_is_told_its_end(operator: Operator) -> None:
    asked = ("--as", "olga", "--client-id", CRM, "--agent-id", "ann", "--request-id", "once")
    one = operator.run("reissue", *asked, "--json")
    operator.run("withdraw", "--reissue-id", of(one["pending"], CRM, "ann")["reissue_id"], "--as", "olga")
    assert "ended withdrawn" in operator.run("reissue", *asked)


def test_a_report_is_not_promised_where_there_is_none(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    asked = ("--as", "olga", "--client-id", CRM, "--agent-id", "ann", "--report", str(file))
    assert "--report" in operator.run("reissue", *asked, code=2)
    operator.run("report", "--batch-id", "nothing", "--report", str(file), code=2)
    assert not file.exists()


def test_a_client_with_open_brokered_reissues_stays_entrusted(operator: Operator) -> None:
    operator.run("reissue", "--as", "olga", "--client-id", DIALER, "--agent-id", "bob")
    said = operator.run("connect", "--entrust-none", code=2)
    assert f"without {DIALER}, while 1 brokered reissue(s) of it are open" in said
    assert "[brokered_open]" in said


@pytest.mark.requirement("Z-18")
def test_nothing_that_is_printed_holds_a_token_or_a_secret(operator: Operator, tmp_path: Path) -> None:
    operator.run("reissue", "--as", "olga", "--json")
    with operator.days(ACCEPT) as days:
        days.pass_by(timedelta(0))
        operator.run("pending", "--json", code=3)
        operator.run("pending", code=3)
        days.pass_by(COMMIT_WINDOW)
    report = operator.run("report", "--json", code=3)
    assert of(report["grants"], DIALER, "ann")["status"] == "confirmed"
    operator.run("report", code=3)
    operator.run("roll-back", "--as", "olga", code=2)

    operator.sandbox.dump(operator.account_id, tmp_path)
    secret = secrets_of(json.loads((tmp_path / "oauth.json").read_text("utf-8")))
    secret |= {hashlib.sha256(one.encode()).hexdigest() for one in operator.entrusted.values()}
    printed = "\n".join(operator.printed)
    assert len(secret) > len(report["grants"])
    assert not leaked(printed, secret)
    for name in operator.stack.function_names:
        assert not leaked(operator.stack.logs(name), secret), name
    assert leaked(f"{printed}?secret={operator.entrusted[DIALER]}&x=1", secret)  # it would be seen
    assert "key=" not in printed


def leaked(text: str, secret: set[str]) -> set[str]:
    """Find what has the digest of a secret, among all that looks like one."""
    return {one for one in _SECRET_LIKE.findall(text) if hashlib.sha256(one.encode()).hexdigest() in secret}


def secrets_of(oauth: dict[str, Any]) -> set[str]:
    """Give the digests of all tokens that the issuer has made or was given."""
    tokens = [token for grant in oauth["grants"] for token in grant["tokens"]]
    return {token[name] for token in tokens for name in ("sha256", "refresh_sha256") if token.get(name)}
