"""The files of `events/` are what each function is really given: each is fed to its function, ids filled in.

Every test is there twice: with the functions in this process, and (`make test-runtime`) with each under the real Lambda
runtime and its emulator, where it imports from the built layers alone and calls the stack's AWS services by their
address.
"""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deskshift.domain.move_ids import move_id
from infra.cli.sample_billing import sample_billing
from infra.local.players.forms import read_page
from infra.local.stack import AwsEndpoint, LocalStack
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports, reissuing
from tests.support.looking import part_records, record, rewrite_record
from tests.support.moves import Account, Json
from tests.support.product import ROOT
from tests.support.runtime import EmulatedFunction, FunctionRaised, aws_variables, missing

EVENTS = ROOT / "events"
STEPS = (
    "open_capture/step",
    "switch_channel/step",
    "list_conversations/step",
    "import_part/part",
    "catch_up/step",
    "verify_conversations/step",
    "release_conversations/step",
    "settle_move/step",
    "finish_move/step",
)


class Driver:
    """Feeds event files to functions on behalf of one account and its one move."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.move = move_id(account.id, "chat", "request-1")
        self.fed: set[str] = set()
        machine = account.stack.physical_id("ChannelMoveMachine").replace(":stateMachine:", ":execution:")
        self.known = {
            "{account_id}": account.id,
            "{move_id}": self.move,
            "{execution_arn}": f"{machine}:by-hand",
            "{webhook_path}": account.connection.webhook_path,
            "{part_key}": "",
        }

    def event(self, name: str) -> Json:
        """Read an event's file and fill its ids in."""
        text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
        for place, value in self.known.items():
            text = text.replace(place, value)
        event: Json = json.loads(text)
        return self._signed(event) if "{signature}" in text else event

    def _signed(self, event: Json) -> Json:
        now = dt.datetime.now(dt.UTC)
        body = Path(EVENTS / "receive_webhook" / "signed.json").read_text(encoding="utf-8")
        headers = event["headers"]
        headers["webhook-timestamp"] = str(int(now.timestamp()))
        headers["webhook-signature"] = Webhook(self.account.webhook_secret).sign(
            headers["webhook-id"], now, json.loads(body)["body"]
        )
        return event

    def feed(self, name: str) -> Any:  # noqa: ANN401 - whatever the function returns
        """Give a function its event."""
        self.fed.add(name)
        return self.answer(name.split("/", maxsplit=1)[0], self.event(name))

    def answer(self, function: str, event: Json) -> Any:  # noqa: ANN401 - whatever the function returns
        """Invoke a function."""
        return self.account.stack.invoke(function, event)


class EmulatedDriver(Driver):
    """Feeds functions under the emulator, each with its own variables only; it has a cold start every time."""

    def __init__(self, account: Account, endpoint: AwsEndpoint) -> None:
        super().__init__(account)
        self.aws = aws_variables(endpoint.url, account.stack.region)

    def answer(self, function: str, event: Json) -> Any:  # noqa: ANN401 - whatever the function returns
        """Start the function, invoke it, end it."""
        deployed = configuration(self.account.stack, function)
        # moto keeps a parameter's number as one; a variable is text.
        variables = {name: str(value) for name, value in deployed["Environment"]["Variables"].items()}
        memory, timeout = deployed["MemorySize"], deployed["Timeout"]
        with EmulatedFunction(function, variables | self.aws, memory_mb=memory, timeout_seconds=timeout) as emulated:
            return emulated.invoke(event).payload


def configuration(stack: LocalStack, function: str) -> Json:
    """Read how a function is deployed, by its folder's name."""
    logical_id = "".join(word.title() for word in function.split("_")) + "Function"
    client: Any = stack.client("lambda")
    return dict(client.get_function_configuration(FunctionName=stack.physical_id(logical_id)))


@pytest.fixture(params=["in process", pytest.param("emulated", marks=pytest.mark.emulated)])
def driver(request: pytest.FixtureRequest, make_account: MakeAccount) -> Iterator[Driver]:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(2)]
    account = make_account({**reissuing.export(exports.new_account_id("events")), "conversations": conversations})
    if request.param == "in process":
        yield Driver(account)
        return
    why = missing()
    if why is not None:
        pytest.skip(why)
    with AwsEndpoint() as endpoint:
        yield EmulatedDriver(account, endpoint)


def begun(driver: Driver) -> None:
    checked = driver.feed("check_move/console")
    assert checked == {"account_id": driver.account.id, "move_id": driver.move, "attempt": 1, "decision": "go"}
    assert driver.feed("check_move/attempt")["decision"] == "go"
    # The token is one that no execution waits with: the move begins, and the answer finds nobody.
    assert driver.feed("begin_move/step") is None
    assert driver.account.status(driver.move) == "running"


def stepped(driver: Driver, until: str | None = None) -> None:
    for name in STEPS:
        if name == until:
            return
        if name == "import_part/part":
            driver.known["{part_key}"] = part_records(driver.account, driver.move)[0]["key"]
        answer = driver.feed(name)
        ids = {"account_id": driver.account.id, "move_id": driver.move, "attempt": 1}
        assert {**answer, **ids} == answer or name == "import_part/part"


def test_a_whole_move_by_its_events(driver: Driver, tmp_path: Path) -> None:
    begun(driver)
    stepped(driver)
    assert driver.account.status(driver.move) == "done"
    shown, page = driver.feed("show_move/operator"), driver.feed("show_move/http")
    assert shown["report"]["counts"]["conversations"]["moved"] == 2
    assert (page["statusCode"], page["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(page["body"])["report"] == shown["report"]
    found, page = driver.feed("resolve_id/operator"), driver.feed("resolve_id/http")
    assert found["conversation_id"] == "c0"
    assert (page["statusCode"], json.loads(page["body"])) == (200, found)
    assert driver.feed("retry_conversations/operator") == {"moved": [], "still_quarantined": []}
    assert driver.feed("watch_moves/schedule")["died"] == []
    rewrite_record(driver.account, driver.move, finished_at="2024-01-01T00:00:00.000Z")
    assert driver.move in driver.feed("recheck_moves/schedule")["checked"]
    assert sorted(driver.account.dump(tmp_path).by_id("help_desk/conversations.jsonl")) == ["c0", "c1"]


def test_changes_and_webhooks_while_it_runs(driver: Driver) -> None:
    begun(driver)
    stepped(driver, until="verify_conversations/step")
    driver.account.sandbox.set_options(driver.account.id, webhook_secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    driver.account.sandbox.live(driver.account.id, "change", conversation_id="c0", change={"status": "open"})
    assert driver.feed("capture_changes/one_change") == {"batchItemFailures": []}
    assert driver.feed("capture_changes/one_is_bad") == {"batchItemFailures": []}
    assert json.loads(driver.feed("receive_webhook/signed")["body"])["code"] == "queued"
    assert json.loads(driver.feed("receive_webhook/base64")["body"])["code"] == "known"
    assert driver.feed("receive_webhook/unsigned")["statusCode"] == 401
    assert driver.feed("pause_move/failed_step") == {"paused": driver.move}
    paused = record(driver.account, driver.move)["pause"]
    assert paused["message"] == "POST /v1/help_desk/imports: 403 missing_scope"
    assert driver.feed("resume_move/operator") == {"move_id": driver.move, "attempt": 2, "status": "running"}
    assert driver.account.report(driver.move)["status"] == "done"


def test_a_move_whose_execution_was_aborted(driver: Driver) -> None:
    begun(driver)
    assert driver.feed("watch_moves/execution_aborted") == {"died": [driver.move], "stalled": [], "woken": []}
    assert driver.account.status(driver.move) == "paused"


def test_a_request_from_the_queue_and_its_cancellation(driver: Driver) -> None:
    assert driver.feed("move_channel/not_json") is None
    assert driver.feed("pause_move/failed_first_check") == {"paused": None}
    checked = driver.feed("check_move/console")
    assert checked["decision"] == "go"
    cancelled = driver.feed("cancel_move/operator")
    assert cancelled == {"move_id": driver.move, "attempt": 1, "status": "cancelled"}
    assert driver.feed("move_channel/request") is None  # a late repetition of a request that was cancelled
    driver.account.stack.drain(30)
    assert driver.account.status(driver.move) == "cancelled"


def test_a_billing_merge_by_its_events(driver: Driver) -> None:
    driver.account.sandbox.set_options(driver.account.id, billing=sample_billing())
    assert driver.feed("merge_billing/not_json") is None
    made = driver.feed("preview_billing/operator")
    assert made["preview"]["decision"] == "inherit"
    driver.known |= {"{preview_id}": made["preview"]["preview_id"], "{merge_id}": made["merge_id"]}
    assert driver.feed("merge_billing/request") is None
    shown = driver.feed("show_merge/operator")
    assert (shown["status"], shown["report"]["approved_by"]) == ("done", "owner")


def test_a_reissue_of_tokens_by_its_events(driver: Driver) -> None:
    assert driver.feed("reissue_tokens/not_json") is None
    with reissuing.Reissuing(driver.account) as one:
        assert driver.feed("reissue_tokens/all_grants") is None
        driver.account.stack.drain(30)  # the messages that it has sent for each grant
        assert driver.feed("reissue_tokens/one_grant") is None
        reissue = one.of(reissuing.DIALER, "bob")
        links = [link for letter in one.letters("bob") for link in one.links_of(letter)]
        key = next(link for link in links if f"/{reissue.reissue_id}?key=" in link)
        basic = base64.b64encode(f"{reissuing.DIALER}:{one.secret}".encode()).decode()
        driver.known |= {"{reissue_id}": reissue.reissue_id, "{link_key}": key.partition("key=")[2], "{basic}": basic}
        page = driver.feed("authorize_start/page")
        assert (page["statusCode"], page["headers"]["content-type"]) == (200, "text/html; charset=utf-8")
        begun = driver.feed("authorize_start/accepted")
        assert begun["statusCode"] == 200
        assert read_page(begun["body"]).refresh.startswith(one.sandbox.issuer(one.id))
        assert driver.feed("authorize_callback/unknown_state")["statusCode"] == 400
        assert json.loads(driver.feed("collect_token/waiting")["body"]) == {"waiting": []}
        assert driver.feed("collect_token/not_the_client")["statusCode"] == 401
        for function in ("watch_grants/schedule", "retire_tokens/schedule"):
            assert driver.feed(function) == {"passed_over": 0}
        assert driver.feed("remind_pending/schedule") == {"put_off": 0}
        assert driver.feed("operate_tokens/invite")["invitations"] == 2
        assert driver.feed("operate_tokens/withdraw")["status"] == "withdrawn"
        assert len(driver.feed("show_tokens/pending")["pending"]) == len(one.all()) - 1
        assert driver.feed("show_tokens/report")["balanced"] is True


def test_every_function_of_the_template_has_an_event_and_every_event_is_fed_by_a_test(stack: LocalStack) -> None:
    files = {f"{file.parent.name}/{file.stem}" for file in EVENTS.glob("*/*.json")}
    text = Path(__file__).read_text(encoding="utf-8")
    assert {name.split("/")[0] for name in files} == set(stack.function_names)
    assert {name for name in files if f'"{name}"' not in text} == set()


def test_a_webhook_event_with_wrong_headers_is_refused(driver: Driver) -> None:
    event = driver.event("receive_webhook/signed")
    with pytest.raises((FunctionFailed, FunctionRaised), match="headers: found list"):
        driver.answer("receive_webhook", {**event, "headers": ["webhook-id"]})
