"""`deskshift billing`: preview and merge on a local stack, figures, bad input, and the letter."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.cli.main import main
from infra.cli.sample_account import write_sample
from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.integration.cli.conftest import Deskshift
from tests.support.billing import billing
from tests.support.merging import export_of


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("billing")
    write_sample(folder, 5)
    return folder


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run a command that opens no stack: one of the session's may be open in this process."""
    code = main(["billing", *argv])
    told = capsys.readouterr()
    return code, _said(told.out), told.err


def run_apart(deskshift: Deskshift, *argv: str) -> tuple[int, str, str]:
    """Run a command in a process of its own."""
    ended = deskshift("billing", *argv)
    return ended.code, _said(ended.out), ended.err


def _said(out: str) -> str:
    """Leave out the metrics that functions of the same process print."""
    return "".join(line for line in out.splitlines(keepends=True) if not line.startswith('{"_aws"'))


@pytest.mark.requirement("Z-25")
def test_the_preview_and_the_merge_say_the_same(deskshift: Deskshift, account: Path) -> None:
    given = ("--account", str(account), "--as-of", "2026-12-01", "--request-id", "same", "--json")
    code, out, _ = run_apart(deskshift, "preview", *given)
    before: Any = json.loads(out)
    assert (code, before["decision"], before["due_now_minor"]) == (0, "inherit", 43184)
    code, out, _ = run_apart(deskshift, "merge", *given)
    after: Any = json.loads(out)
    # The chat account stays open, for a part of its invoice is not paid: a person has something to do.
    assert (code, after["status"], [task["code"] for task in after["tasks"]]) == (3, "done", ["account_open"])
    for name in ("preview_id", "decision", "lines", "tax", "total_minor", "due_now_minor", "before", "after"):
        assert after[name] == before[name]
    assert sum(entry["amount_minor"] for entry in after["ledger"]) == before["total_minor"]
    assert set(before) >= {"reason", "credit_minor", "committed_minor", "inherited", "refusals"}
    fields = "product description period quantity unit_price numerator denominator amount_minor currency"
    assert set(before["lines"][0]) >= set(fields.split())


def test_as_text_it_is_a_table_and_the_letter_is_in_the_accounts_language(
    deskshift: Deskshift, account: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    code, out, _ = run_apart(
        deskshift, "preview", "--account", str(account), "--as-of", "2026-12-01", "--letter", str(letter)
    )
    assert code == 0
    assert "Chat Team: new charge" in out
    assert "Due with the merge:" in out
    text = letter.read_text("utf-8")
    assert "1 de dezembro de 2026" in text
    assert "431,84\u00a0€" in text


@pytest.mark.requirement("Z-26", "Z-27")
@pytest.mark.parametrize(("choice", "decision"), [("cancel", "cancel"), ("co_term", "co_term")])
def test_a_choice_is_made_that_morning(deskshift: Deskshift, account: Path, choice: str, decision: str) -> None:
    code, out, _ = run_apart(
        deskshift, "preview", "--account", str(account), "--as-of", "2026-12-01", "--choice", choice, "--json"
    )
    assert (code, json.loads(out)["decision"]) == (0, decision)


@pytest.mark.requirement("Z-23")
def test_before_the_deadline_it_is_a_merge(deskshift: Deskshift, account: Path) -> None:
    code, out, _ = run_apart(deskshift, "merge", "--account", str(account), "--as-of", "2022-11-15", "--json")
    assert (code, json.loads(out)["decision"], json.loads(out)["status"]) == (3, "merge", "done")


def _prorate(**changed: str) -> tuple[str, ...]:
    options = {
        "price": "1",
        "currency": "EUR",
        "from": "2024-01-01",
        "to": "2024-01-02",
        "anchor": "2024-01-01",
        "period": "month",
    }
    return ("prorate", *(word for name, value in {**options, **changed}.items() for word in (f"--{name}", value)))


def _schedule(start: str, count: str) -> tuple[str, ...]:
    return ("schedule", "--anchor", "2024-01-31", "--start", start, "--count", count, "--period", "month")


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (("preview",), "--account, --stack"),
        (("preview", "--account", "ACCOUNT", "--stack", "s"), "--account, --stack"),
        (("preview", "--account", "ACCOUNT", "--as-of", "tomorrow"), "--as-of"),
        (("preview", "--account", "ACCOUNT", "--choice", "both"), "--choice"),
        (("preview", "--account", "/nowhere"), "--account"),
        (("preview", "--account", "ACCOUNT", "--as-of", "20261201"), "--as-of"),
        (("preview", "--account", "ACCOUNT", "--account-id", "acme"), "--account-id"),
        (("merge", "--account", "ACCOUNT", "--preview", "preview.json"), "--preview"),
        (("merge", "--stack", "s", "--account-id", "a", "--preview", "p.json", "--choice", "cancel"), "--choice"),
        (("merge", "--stack", "s", "--account-id", "a", "--preview", "p.json", "--as-of", "2026-12-01"), "--as-of"),
        (("merge", "--account", "ACCOUNT", "--letter", "/"), "--letter"),
        (("merge", "--account", "ACCOUNT", "--letter", "/dev/null/letter.txt"), "--letter"),
        (("merge", "--stack", "s", "--account-id", "acme", "--as", "owner", "--letter", "/proc/no.txt"), "--letter"),
        (("merge", "--stack", "s"), "--account-id"),
        (("merge", "--stack", "s", "--account-id", "acme"), "--as"),
        (_prorate(price="1e5"), "--price"),
        (_prorate(to="2023-12-31"), "--to"),
        (_prorate(anchor="2024-02-30"), "--anchor"),
        (_prorate(period="week"), "--period"),
        (_prorate(currency="eur"), "--currency"),
        (_schedule("2024-01-31", "0"), "--count"),
        (_schedule("9999-12-01", "5"), "years 1 to 9999"),
    ],
)
def test_wrong_input_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], account: Path, argv: tuple[str, ...], named: str
) -> None:
    code, out, err = run(capsys, *(str(account) if word == "ACCOUNT" else word for word in argv))
    assert (code, out) == (2, "")
    assert named in err


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "euro"}, "accounts[0].currency"),
        ({"payment_method_id": "none"}, "accounts[0].payment_method_id"),
        ({"product": "phone"}, "accounts[0].product"),
        ({"invoices": [{"id": "x"}]}, "accounts[0].invoices[0]"),
        ({"number": 5}, "accounts[0].number"),
    ],
)
def test_a_billing_that_cannot_be_is_refused_by_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, change: dict[str, object], field: str
) -> None:
    write_sample(tmp_path, 1)
    file = tmp_path / "billing.json"
    made = json.loads(file.read_text("utf-8"))
    made["accounts"][0] |= change
    file.write_text(json.dumps(made), encoding="utf-8")
    code, out, err = run(capsys, "preview", "--account", str(tmp_path))
    assert (code, out) == (2, "")
    assert f"billing.json line 1, field {field}" in err


def test_an_account_without_billing_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    (tmp_path / "billing.json").unlink()
    code, _, err = run(capsys, "preview", "--account", str(tmp_path))
    assert (code, "no billing.json" in err) == (2, True)


def test_a_field_that_nothing_reads_is_told(deskshift: Deskshift, tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    file = tmp_path / "billing.json"
    made = json.loads(file.read_text("utf-8"))
    made["accounts"][0]["auto_pay"] = True
    file.write_text(json.dumps(made), encoding="utf-8")
    code, out, err = run_apart(deskshift, "preview", "--account", str(tmp_path), "--as-of", "2026-12-01", "--json")
    assert (code, json.loads(out)["decision"]) == (0, "inherit")
    assert "Warning: " in err
    assert "auto_pay" in err


@pytest.mark.parametrize("content", ["{", "[]", "{}", None])
def test_a_file_that_is_no_preview_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "preview.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    where = ("--stack", "s", "--region", "eu-west-1", "--account-id", "acme", "--as", "owner")
    code, _, err = run(capsys, "merge", *where, "--preview", str(file))
    assert (code, "--preview: found" in err, "what `billing preview --json` printed" in err) == (2, True, True)


def test_a_merge_on_a_deployed_stack(
    capsys: pytest.CaptureFixture[str], stack: LocalStack, make_account: MakeAccount, tmp_path: Path
) -> None:
    account = make_account(export_of(msgspec.structs.replace(billing(), locale="de-DE")))
    where = ("--stack", stack.name, "--region", stack.region, "--account-id", account.id, "--as", "owner", "--json")
    approved, letter = tmp_path / "preview.json", tmp_path / "letter.txt"
    asked = ("--as-of", "2022-12-01", "--request-id", "one")
    code, out, _ = run(capsys, "preview", *where, *asked, "--letter", str(letter))
    assert (code, json.loads(out)["decision"]) == (0, "inherit")
    assert letter.read_text("utf-8").startswith("Eine Rechnung für Chat und Support")
    approved.write_text(out, encoding="utf-8")
    code, out, _ = run(capsys, "merge", *where, "--preview", str(approved))
    assert (code, json.loads(out)["refusals"][0]["code"]) == (2, "upgrade_not_passed")
    # The same preview, approved once more: what was refused changed nothing, and is tried again.
    code, out, _ = run(capsys, "merge", *where, "--preview", str(approved), "--upgrade-passed")
    assert (code, json.loads(out)["status"]) == (0, "done")
    assert json.loads(out)["preview_id"] == json.loads(approved.read_text("utf-8"))["preview_id"]
    merged = json.loads(out)["merge_id"]
    # Made anew after the end it is another preview, and nobody may be told that this one was carried out.
    code, _, err = run(capsys, "merge", *where, *asked, "--upgrade-passed")
    assert (code, "[another_preview_counts]" in err) == (2, True)
    foreign = ("--stack", stack.name, "--region", stack.region, "--account-id", "other", "--as", "owner")
    code, _, err = run(capsys, "merge", *foreign, "--preview", str(approved))
    assert (code, f"of account '{account.id}'; allowed: one of other" in err) == (2, True)
    code, again, _ = run(capsys, "merge", *where, "--preview", str(approved), "--upgrade-passed")
    assert (code, json.loads(again)) == (0, json.loads(out))
    looking = ("show", "--stack", stack.name, "--region", stack.region, "--account-id", account.id)
    code, out, _ = run(capsys, *looking, "--merge-id", merged)
    assert (code, "The merge is done" in out) == (0, True)
    code, out, _ = run(capsys, *looking, "--merge-id", merged, "--json")
    assert (code, json.loads(out)["report"]["status"]) == (0, "done")
    code, _, err = run(capsys, *looking, "--merge-id", "merge-0")
    assert (code, "[unknown_merge]" in err) == (2, True)
