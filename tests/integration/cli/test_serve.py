"""`local serve` in one process, and an operator's commands in others."""

import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli.sample_account import CHAT, sample_account, write_sample
from tests.support.product import ROOT
from tests.support.served import Said, Served

CONVERSATION = next(one["id"] for one in sample_account(40)["conversations"] if one["channel_id"] == CHAT)
OF = ("--stack", "deskshift", "--account-id", "sample")
MOVE_ID = re.compile(r"Asked for move (\S+) ")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with Served(write_account(folder / "sample", 40), folder) as serving:
        yield serving


def write_account(folder: Path, conversations: int) -> Path:
    folder.mkdir()
    write_sample(folder, conversations)
    return folder


def ask(served: Served, *options: str) -> Said:
    return served.run("move", *OF, "--as", "sample-agent-0", *options)


def moved(said: Said) -> str:
    found = MOVE_ID.search(said.out)
    assert found is not None, said
    return found[1]


def faults(served: Served, spec: str) -> None:
    said = served.run("local", "faults", "--addresses", str(served.file), "--account-id", "sample", "--faults", spec)
    assert said.code == 0, said


def test_a_channel_moves_from_another_terminal(served: Served, tmp_path: Path) -> None:
    assert set(served.addresses["environment"]) == {
        "AWS_ENDPOINT_URL",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }
    refused = ask(served, "--channel", "nothing", "--watch")
    assert (refused.code, refused.err) == (2, "")
    wrong = ask(served, "--channel", CHAT, "--history", "some")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--history" in wrong.err

    faults(served, f"refuse={CONVERSATION}")
    said = ask(served, "--channel", CHAT, "--watch", "--request-id", "one")
    move = moved(said)
    assert said.code == 3, said
    assert f"Move {move} of channel {CHAT} is done." in said.out
    again = ask(served, "--channel", CHAT, "--watch", "--request-id", "one")
    assert (again.code, moved(again)) == (3, move)

    aside = served.run("quarantine", *OF, "--move-id", move, "list")
    assert aside.code == 3
    assert f"{CONVERSATION}  " in aside.out
    unknown = served.run("quarantine", *OF, "--move-id", move, "retry", "nothing")
    assert (unknown.code, "[not_set_aside]" in unknown.err) == (2, True)
    still = served.run("quarantine", *OF, "--move-id", move, "retry", "--all")
    assert (still.code, "0 moved, 1 still set aside." in still.out) == (3, True)
    faults(served, "")
    mended = served.run("quarantine", *OF, "--move-id", move, "retry", CONVERSATION)
    assert (mended.code, "1 moved, 0 still set aside." in mended.out) == (0, True)

    file = tmp_path / "report.json"
    report = served.run("report", *OF, "--move-id", move, "--report", str(file))
    assert report.code == 0, report
    assert json.loads(file.read_text("utf-8"))["quarantined"] == []
    assert file.with_suffix(".csv").read_text("utf-8").startswith("id,")
    none = served.run("report", *OF, "--move-id", "nothing")
    assert (none.code, "[no_report]" in none.err) == (2, True)


def test_dead_letters_are_read_sent_again_and_discarded(served: Served) -> None:
    dead = ("dead-letters", "--stack", "deskshift")
    assert served.run(*dead, "list").out == "0 dead letter(s).\n"
    ask(served, "--channel", CHAT, "--request-id", "two")
    differs = ask(served, "--channel", CHAT, "--request-id", "two", "--mute", "--watch")
    assert differs.code in {0, 2, 3}  # the first one's move is shown; this one's message is a dead letter
    listed = served.run(*dead, "list")
    assert listed.code == 3
    assert "request_differs" in listed.out
    assert "1 dead letter(s)." in listed.out
    assert served.run(*dead, "redrive").out.endswith("1 message(s) sent again.\n")
    back = served.run(*dead, "list")
    while "0 dead" in back.out:  # it is refused again as soon as it is received
        back = served.run(*dead, "list")
    message = back.out.split()[0]
    assert served.run(*dead, "discard").code == 2
    assert served.run(*dead, "discard", "--message-id", message).code == 0
    assert served.run(*dead, "list").code == 0


def test_a_scheduled_move_is_cancelled_before_its_start(served: Served) -> None:
    move = moved(ask(served, "--channel", "sample-mail", "--at", "2099-01-01T00:00:00Z"))
    shown = served.run("status", *OF, "--move-id", move, "--json")
    while shown.code or json.loads(shown.out)["status"] != "scheduled":
        shown = served.run("status", *OF, "--move-id", move, "--json")
    cancelled = served.run("cancel", *OF, "--move-id", move)
    assert (cancelled.code, "is cancelled" in cancelled.out) == (0, True)


def test_a_changed_function_is_deployed_while_a_move_runs_and_the_stack_is_torn_down(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    ignored = shutil.ignore_patterns("__pycache__", "dependencies")
    for name in ("functions", "infra", "layers"):
        shutil.copytree(ROOT / name, repository / name, ignore=ignored)
    with Served(write_account(tmp_path / "sample", 600), tmp_path, repository=repository) as serving:
        assert serving.run("local", "update", "--addresses", str(serving.file)).out == "Updated: nothing has changed.\n"
        move = moved(ask(serving, "--channel", CHAT))
        changed = repository / "functions" / "finish_move" / "app.py"
        changed.write_text(changed.read_text("utf-8") + '\nprint("the new version")\n', encoding="utf-8")
        domain = repository / "layers" / "deskshift" / "python" / "deskshift" / "domain" / "progress.py"
        domain.write_text(domain.read_text("utf-8") + "\nNEW = True\n", encoding="utf-8")
        updated = serving.run("local", "update", "--addresses", str(serving.file))
        assert "FinishMoveFunction" in updated.out
        assert "package deskshift" in updated.out
        report = serving.run("report", *OF, "--move-id", move)
        while report.code == 2:
            report = serving.run("report", *OF, "--move-id", move)
        assert report.code == 0, report
        down = serving.run("local", "teardown", "--addresses", str(serving.file))
        assert "IdMapTable" in down.out
        ended = serving.ended()
    assert (ended.code, ended.err) == (0, "")
    assert "the new version" not in ended.err


def test_control_c_ends_it(tmp_path: Path) -> None:
    with Served(write_account(tmp_path / "sample", 5), tmp_path) as serving:
        assert "export AWS_ENDPOINT_URL=" in serving.stop(signal.SIGINT).out


def test_what_cannot_be_served_is_named(served: Served, tmp_path: Path) -> None:
    absent = served.run("local", "serve", "--account", str(tmp_path / "none"))
    assert (absent.code, "--account" in absent.err) == (2, True)
    taken = served.addresses["environment"]["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]
    account = write_account(tmp_path / "sample", 5)
    port = served.run("local", "serve", "--account", str(account), "--port", taken)
    assert (port.code, "--port" in port.err) == (2, True)
    nobody = served.run("local", "update", "--addresses", str(tmp_path / "none.json"))
    assert (nobody.code, "--addresses" in nobody.err) == (2, True)


def test_tokens_are_reissued_from_another_terminal(served: Served) -> None:
    opened = served.run("tokens", "reissue", *OF, "--as", "sample-agent-0", "--json")
    assert opened.code == 0, opened
    assert json.loads(opened.out)["grants_out"] == 13
    routes = {(row["client_id"], row["route"]) for row in json.loads(opened.out)["grants"]}
    assert ("sample-dialer", "brokered") in routes
    waiting = served.run("tokens", "pending", *OF)
    assert (waiting.code, waiting.err) == (3, "")
    assert "Waits for:  11 the agent, 1 the integration, 1 an operator" in waiting.out
    late = next(row["reissue_id"] for row in json.loads(opened.out)["grants"] if row["route"] == "direct")
    ended = served.run("tokens", "withdraw", *OF, "--as", "sample-agent-0", "--reissue-id", late)
    assert (ended.code, "ended withdrawn" in ended.out) == (0, True)
