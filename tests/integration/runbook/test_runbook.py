"""Each procedure of docs/runbook.md is followed word by word on a served stack, in the situation that it is for."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.cli.sample_account import CHAT, sample_account, write_sample
from tests.integration.runbook.procedures import RUNBOOK, follow, procedures
from tests.support.moves import until
from tests.support.product import TEMPLATE
from tests.support.served import Said, Served

CONVERSATION = next(one["id"] for one in sample_account(40)["conversations"] if one["channel_id"] == CHAT)
PROCEDURES = procedures()
Follow = Callable[..., list[Said]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("runbook")
    accounts = [written(folder / name, name) for name in ("paused", "aside", "waiting", "drifted", "dead")]
    more = [word for account in accounts[1:] for word in ("--account", str(account))]
    with Served(accounts[0], folder, *more) as serving:
        yield serving


def written(folder: Path, account_id: str) -> Path:
    folder.mkdir()
    write_sample(folder, 40)
    file = folder / "account.json"
    account = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**account, "id": account_id}), encoding="utf-8")
    return folder


@pytest.fixture
def following(served: Served, tmp_path: Path) -> Follow:
    """Give a function that follows a section's commands (or some of them, by number) and gives what they said."""

    def run(section: str, account: str, move: str, commands: slice = slice(None), **more: str) -> list[Said]:
        given = {"STACK": "deskshift", "ACCOUNT": account, "MOVE": move, "ADDRESSES": str(served.file), **more}
        return [follow(served, command, given, tmp_path) for command in PROCEDURES[section][commands]]

    return run


def faults(served: Served, account: str, spec: str) -> None:
    said = served.run("local", "faults", "--addresses", str(served.file), "--account-id", account, "--faults", spec)
    assert said.code == 0, said


def ask(served: Served, account: str, *options: str) -> str:
    of = ("--stack", "deskshift", "--account-id", account, "--channel", CHAT, "--as", "sample-agent-0")
    said = served.run("move", *of, *options)
    found = re.search(r"Asked for move (\S+) ", said.out)
    assert found is not None, said
    return found[1]


def client(served: Served, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    given = served.addresses["environment"]
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_DEFAULT_REGION"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_every_alarm_names_a_section_that_is_there() -> None:
    named = set(re.findall(r"docs/runbook\.md#([a-z-]+)", TEMPLATE.read_text(encoding="utf-8")))
    assert named
    assert named <= PROCEDURES.keys()


def test_every_link_inside_the_runbook_leads_somewhere() -> None:
    links = set(re.findall(r"\]\(#([a-z-]+)\)", RUNBOOK.read_text(encoding="utf-8")))
    assert links <= PROCEDURES.keys()


def test_a_paused_move_is_looked_at_and_resumed(served: Served, following: Follow) -> None:
    faults(served, "paused", "corrupt=messages.text")
    move = ask(served, "paused", "--watch")
    status, resumed, after, _ = following("paused-move", "paused", move)
    assert "[verification_failed]" in status.out
    assert (resumed.code, "goes on" in resumed.out) == (0, True)
    assert (after.code, "is paused" in after.out) == (0, False)
    until(lambda: following("stalled-move", "paused", move)[0].out.count("is done"), "the move is done")
    report = following("paused-move", "paused", move, slice(3, 4))[0]
    assert (report.code, "is done" in report.out) == (0, True)


def test_what_was_set_aside_is_tried_again(served: Served, following: Follow) -> None:
    faults(served, "aside", f"refuse={CONVERSATION}")
    move = ask(served, "aside", "--watch")
    listed = following("quarantine", "aside", move, slice(0, 1))[0]
    assert (listed.code, "1 conversation(s) set aside." in listed.out) == (3, True)
    faults(served, "aside", "")
    retried = following("quarantine", "aside", move)[1]
    assert (retried.code, "1 moved, 0 still set aside." in retried.out) == (0, True)


def test_a_waiting_move_is_cancelled(served: Served, following: Follow) -> None:
    move = ask(served, "waiting", "--at", "2099-01-01T00:00:00Z")
    until(
        lambda: "waits for its time" in following("cancel-before-the-start", "waiting", move, slice(0, 1))[0].out,
        "the move is scheduled",
    )
    status, cancelled = following("cancel-before-the-start", "waiting", move)
    assert status.code == 0
    assert (cancelled.code, "is cancelled" in cancelled.out) == (0, True)


def test_dead_letters_are_read_sent_again_and_dropped(served: Served, following: Follow) -> None:
    ask(served, "dead", "--request-id", "one", "--dry-run", "--watch")
    ask(served, "dead", "--request-id", "one")

    def listed() -> list[Said]:
        return following("dead-letters", "dead", "none", slice(0, 4))

    until(lambda: "request_differs" in listed()[0].out, "the message is given up")
    moves, changes, merges, tokens = listed()
    assert (moves.code, changes.code, changes.out) == (3, 0, "0 dead letter(s).\n")
    assert merges.out == tokens.out == changes.out
    assert following("old-messages", "dead", "none")[0].out == moves.out
    again, none = following("dead-letters", "dead", "none", slice(4, 6))
    assert (again.out.endswith("1 message(s) sent again.\n"), none.out) == (True, "0 message(s) sent again.\n")
    until(lambda: "request_differs" in listed()[0].out, "it is given up again")
    message = listed()[0].out.split()[0]
    dropped = following("dead-letters", "dead", "none", slice(6, 7), MESSAGE=message)[0]
    assert (dropped.code, "discarded" in dropped.out) == (0, True)
    assert listed()[0].out == "0 dead letter(s).\n"


def test_a_billing_merge_is_looked_at(served: Served, following: Follow) -> None:
    merging = (
        "billing",
        "merge",
        "--stack",
        "deskshift",
        "--account-id",
        "waiting",
        "--as",
        "sample-agent-0",
        "--as-of",
        "2022-12-01",
        "--json",
    )
    refused = json.loads(served.run(*merging, "--request-id", "early").out)
    shown, listed, redriven = following("billing-merge", "waiting", "none", MERGE=refused["merge_id"])
    assert (shown.code, "[upgrade_not_passed]" in shown.out) == (2, True), shown
    assert (listed.out, redriven.out) == ("0 dead letter(s).\n", "0 message(s) sent again.\n")
    done = json.loads(served.run(*merging, "--request-id", "passed", "--upgrade-passed").out)
    shown = following("billing-merge", "waiting", "none", slice(0, 1), MERGE=done["merge_id"])[0]
    assert (shown.code, "The merge is done" in shown.out) == (0 if not done["tasks"] else 3, True), shown


def test_a_copy_that_is_gone_a_day_later_is_reported(served: Served, following: Follow) -> None:
    move = ask(served, "drifted", "--watch")
    assert following("copy-drifted", "drifted", move)[0].code == 0
    outputs = client(served, "cloudformation").describe_stacks(StackName="deskshift")["Stacks"][0]["Outputs"]
    table = next(one["OutputValue"] for one in outputs if one["OutputKey"] == "MovesTableName")
    dynamodb = client(served, "dynamodb")
    keys = {"account_id": {"S": "drifted"}, "item": {"S": f"move#{move}"}}
    item = dynamodb.get_item(TableName=table, Key=keys)["Item"]
    yesterday = (datetime.now(UTC) - timedelta(hours=25)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    item["body"] = {"S": json.dumps({**json.loads(item["body"]["S"]), "finished_at": yesterday})}
    dynamodb.put_item(TableName=table, Item=item)
    deleted = served.live("drifted", "delete", conversation_id=CONVERSATION)
    assert deleted["where"] == "help_desk"
    functions = client(served, "lambda")
    name = next(
        one["FunctionName"] for one in functions.list_functions()["Functions"] if "Recheck" in one["FunctionName"]
    )
    functions.invoke(FunctionName=name, Payload=b"{}")
    report = following("copy-drifted", "drifted", move)[0]
    assert (report.code, f"- {CONVERSATION} " in report.out) == (3, True), report


def test_a_smaller_budget_is_set(served: Served, following: Follow) -> None:
    said = following("vendor-throttles", "dead", "none", BASE_URL=served.addresses["sandbox"])[0]
    assert (said.code, "Account dead is connected." in said.out) == (0, True), said


def test_the_stack_is_updated_and_torn_down(tmp_path: Path) -> None:
    with Served(written(tmp_path / "last", "last"), tmp_path) as serving:
        given = {"ADDRESSES": str(serving.file)}
        updated = follow(serving, PROCEDURES["update-the-stack"][0], given, tmp_path)
        assert (updated.code, updated.out) == (0, "Updated: nothing has changed.\n")
        down = follow(serving, PROCEDURES["tear-down"][0], given, tmp_path)
        assert down.code == 0
        assert {"IdMapTable", "MovesTable", "Bucket"} <= {line.split()[0] for line in down.out.splitlines()[1:]}
        assert serving.ended().code == 0


def test_no_command_of_the_runbook_is_left_untried() -> None:
    tried = {
        "paused-move", "stalled-move", "dead-letters", "old-messages", "vendor-throttles", "copy-drifted", "quarantine",
        "cancel-before-the-start", "update-the-stack", "tear-down", "billing-merge",
    }  # fmt: skip
    assert {section for section, commands in PROCEDURES.items() if commands} == tried
