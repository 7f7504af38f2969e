from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.cli.arguments import build_parser, report_option
from infra.cli.errors import InputRefused
from infra.cli.move_options import MoveOptions, plan
from infra.cli.sample_account import CHAT, write_sample

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("account")
    write_sample(folder, 3)
    return folder


def test_a_request_has_the_defaults_that_the_issue_says(account: Path) -> None:
    planned = plan(MoveOptions(account=account, channel=CHAT), NOW)
    request = planned.request
    assert (request.account_id, request.channel_id, request.requested_by) == ("sample", CHAT, "sample-agent-0")
    assert (request.history, request.status_map, request.start_at, request.edition) == ("all", None, None, None)
    assert (request.mute, request.dry_run, planned.arrivals, planned.faults) == (False, False, 0, "")
    assert planned.body["request_id"] == "local-20260131T120000.000000"
    assert planned.knows_channel
    assert planned.waits_until is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("open=new,closed=done", {"open": "new", "closed": "done"}),
        ("closed=done,open=new", {"open": "new", "closed": "done"}),
        ("open=to do, soon,closed=a=b", {"open": "to do, soon", "closed": "a=b"}),
    ],
)
def test_a_status_map_is_read_in_both_orders(account: Path, text: str, wanted: dict[str, str]) -> None:
    assert plan(MoveOptions(account=account, channel=CHAT, status_map=text), NOW).body["status_map"] == wanted


@pytest.mark.parametrize("text", ["", "open=", "open=a", "open=a,closed=", "a", "open=a;closed=b", "closed=a,closed=b"])
def test_a_status_map_needs_both_sides(account: Path, text: str) -> None:
    with pytest.raises(InputRefused, match="--status-map") as refused:
        plan(MoveOptions(account=account, channel=CHAT, status_map=text), NOW)
    assert refused.value.code == "invalid_option"


@pytest.mark.parametrize(("at", "ahead"), [("2026-01-31T13:00:00+02:00", False), ("2026-01-31T13:00:00Z", True)])
def test_only_a_start_that_lies_ahead_is_told(account: Path, at: str, *, ahead: bool) -> None:
    planned = plan(MoveOptions(account=account, channel=CHAT, at=at), NOW)
    assert (planned.waits_until is not None) is ahead
    assert planned.request.start_at is not None


@pytest.mark.parametrize("arrivals", ["-1", "1.5", "", "x", "1000001", "٣"])
def test_arrivals_are_a_whole_number(account: Path, arrivals: str) -> None:
    with pytest.raises(InputRefused, match="--arrivals"):
        plan(MoveOptions(account=account, channel=CHAT, arrivals=arrivals), NOW)


def test_an_account_without_super_admin_needs_someone_who_asks(account: Path, tmp_path: Path) -> None:
    for file in account.iterdir():
        text = file.read_text("utf-8")
        (tmp_path / file.name).write_text(text.replace("super_admin", "admin"), "utf-8")
    with pytest.raises(InputRefused, match="super_admin") as refused:
        plan(MoveOptions(account=tmp_path, channel=CHAT), NOW)
    assert refused.value.code == "missing_permission"
    assert plan(MoveOptions(account=tmp_path, channel=CHAT, requested_by="who"), NOW).request.requested_by == "who"


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["local", "move", "--report", "a.json", "--bad"], Path("a.json")),
        (["--report=b.json"], Path("b.json")),
        (["local", "move", "--report"], None),
        (["--rep", "c.json"], None),
    ],
)
def test_the_report_is_found_among_wrong_arguments(arguments: list[str], file: Path | None) -> None:
    assert report_option(arguments) == file


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["local"],
        ["local", "move", "--channel", "x"],
        ["status", "--stack", "s"],
        ["local", "move", "--account", "a", "--channel", "c", "--hist", "all"],
    ],
)
def test_wrong_arguments_raise_instead_of_leaving_the_process(arguments: list[str]) -> None:
    with pytest.raises(InputRefused) as refused:
        build_parser().parse_args(arguments)
    assert "usage: deskshift" in refused.value.what_to_do
