"""Customers' words, names and addresses, tokens and secrets are nowhere but where they must be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import LocalStack
from tests.integration.stack_as_deployed.played import Played
from tests.support.looking import files, parts
from tests.support.reissuing import DIALER

TABLES = (
    "MergesTable",
    "MovesTable",
    "WorkTable",
    "IdMapTable",
    "ConnectionsTable",
    "DeliveriesTable",
    "GrantsTable",
    "CustodyTable",
)
QUEUES = (
    "BillingMergesQueue",
    "BillingMergesDeadLetterQueue",
    "ChannelMovesQueue",
    "ChannelMovesDeadLetterQueue",
    "ChangesQueue",
    "ChangesDeadLetterQueue",
    "TokenReissuesQueue",
    "TokenReissuesDeadLetterQueue",
)


def found(played: Played, text: str) -> list[str]:
    return [one for one in (*played.words, *played.secrets, *played.tokens) if one in text]


def test_there_are_canaries_of_every_kind_and_they_arrived(played: Played, tmp_path: Path) -> None:
    account = played.accounts[0]
    dump = json.dumps(account.dump(tmp_path).rows("help_desk/conversations.jsonl"))
    kinds = {"text", "name", "mail", "file"}
    assert {kind for kind in kinds if any(word.startswith(f"canary{kind}") for word in found(played, dump))} == kinds
    assert len(played.words) > 100
    assert len(played.secrets) == 3 * len(played.accounts) + 2  # and a client's secret, and its tokens' beginning


def test_there_are_secrets_of_every_kind_of_a_reissue(played: Played) -> None:
    assert len(set(played.tokens)) > 40
    assert min(map(len, played.tokens)) >= 12
    collected = {one.of(DIALER, "bob").status for one in played.reissuing}
    assert collected == {"confirmed", "wrong_person", "withdrawn"}


def test_logs_hold_none_and_are_there(stack: LocalStack, played: Played) -> None:
    logs = {name: stack.logs(name) for name in stack.function_names}
    assert {name: found(played, text) for name, text in logs.items() if found(played, text)} == {}
    for name, event in (
        ("begin_move", "move.begun"),
        ("import_part", "part.imported"),
        ("pause_move", "move.paused"),
        ("receive_webhook", "webhook.refused"),
        ("move_channel", "request.never_valid"),
        ("capture_changes", "conversation.deleted_in_source"),
        ("authorize_callback", "authorization.refused"),
        ("authorize_callback", "authorization.put_off"),
        ("authorize_start", "authorization.put_off"),
        ("collect_token", "collection.refused"),
        ("collect_token", "token.collected"),
        ("watch_grants", "reissue.goes_on"),
        ("retire_tokens", "reissue.ended"),
    ):
        assert event in logs[name]


def test_queues_held_none(stack: LocalStack, played: Played) -> None:
    left = [
        message.body + json.dumps(dict(message.attributes))
        for queue in QUEUES
        for message in stack.queue_messages(queue)
    ]
    assert len(played.queued) > 30
    assert found(played, "\n".join(played.queued)) == []
    assert found(played, "\n".join(left)) == []


def history(stack: LocalStack, arn: str) -> Iterator[Any]:
    client = stack.client("stepfunctions")
    yield stack.execution(arn)
    token: dict[str, str] = {}
    while True:
        page = client.get_execution_history(executionArn=arn, maxResults=1000, includeExecutionData=True, **token)
        yield from page["events"]
        if "nextToken" not in page:
            return
        token = {"nextToken": page["nextToken"]}


def test_executions_hold_none_in_input_output_and_history(stack: LocalStack, played: Played) -> None:
    ids = {account.id for account in played.accounts}
    events = 0
    for arn in stack.executions("ChannelMoveMachine"):
        text = json.dumps(list(history(stack, arn)), default=str)
        events += any(one in text for one in ids)
        assert found(played, text) == []
    assert events >= 20
    for one in played.waits:
        assert found(played, json.dumps(list(history(stack, one["executionArn"])), default=str)) == []
    assert len(played.waits) >= 2


def test_exceptions_hold_none(stack: LocalStack, played: Played) -> None:
    assert found(played, "\n".join(map(str, stack.crashes))) == []


@pytest.mark.parametrize("table", TABLES)
def test_tables_hold_none(stack: LocalStack, played: Played, table: str) -> None:
    items = []
    for page in stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.physical_id(table)):
        items += page["Items"]
    text = json.dumps(items, default=lambda value: value.decode("latin-1"))
    assert items
    assert found(played, text) == []


def test_reports_and_progress_hold_none(played: Played) -> None:
    shown = json.dumps(played.shown)
    reports: dict[str, bytes] = {}
    for account in played.accounts:
        reports |= files(account, f"reports/{account.id}/")
    assert "messages[1].text" in shown
    assert found(played, shown) == []
    assert len(reports) >= 2 * len(played.accounts)
    assert {key: found(played, text.decode()) for key, text in reports.items() if found(played, text.decode())} == {}


def test_the_bucket_holds_no_words_after_all_moves_are_done(played: Played) -> None:
    left = files(played.accounts[0], "")  # the whole bucket
    ours = {key: text.decode("latin-1") for key, text in left.items() if key.split("/")[1] in ids(played)}
    assert {key.split("/")[0] for key in ours} >= {"reports", "rules", "moves", "tokens"}
    assert {key for key in ours if "/parts/" in key} == set()
    # The snapshot of both billing accounts is kept for the audit, contacts and all.
    audited = {key for key in ours if key.startswith("billing/") and key.endswith("/facts.json")}
    assert audited
    assert {key: found(played, text) for key, text in ours.items() if found(played, text) and key not in audited} == {}


def ids(played: Played) -> set[str]:
    return {account.id for account in played.accounts} | {one.id for one in played.reissuing}


def test_texts_are_in_the_parts_while_the_move_runs_and_deleted_ones_are_not(played: Played) -> None:
    # Seen by the scene `deletions` while it ran; here that it was really played, for both ways of hearing of it.
    deleted = [
        account for account in played.accounts if account.sandbox.state(account.id)["tombstones"].keys() >= {"d0", "d1"}
    ]
    assert len(deleted) == 2
    for account in deleted:
        done = next(key for key in files(account, f"reports/{account.id}/") if key.endswith(".json"))
        assert parts(account, done.rsplit("/", 1)[-1].removesuffix(".json")) == {}
