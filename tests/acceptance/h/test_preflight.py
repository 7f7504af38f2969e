import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json

NO_MOBILE = "The help desk is not in the mobile app: agents who work on a phone answer in a browser after the move."


def _account(make_account: MakeAccount, **parts: object) -> Account:
    return make_account(exports.export(exports.new_account_id("preflight"), **parts))


def _warned(report: Json, code: str) -> list[str]:
    return [notice["message"] for notice in report["warnings"] if notice["code"] == code]


@pytest.mark.requirement("H-07")
def test_agents_without_help_desk_access_are_named(make_account: MakeAccount) -> None:
    agents = [
        exports.agent("admin", "super_admin"),
        exports.agent("blind-1", access=False),
        exports.agent("sees"),
        exports.agent("blind-2", "admin", access=False),
    ]
    report = _account(make_account, agents=agents).move("chat")
    assert report["status"] == "done"
    assert _warned(report, "agents_without_access") == ["2 agent(s) have no help desk access: blind-1, blind-2"]


@pytest.mark.requirement("H-07")
def test_nobody_is_warned_of_access_and_sla_where_all_have_them(make_account: MakeAccount) -> None:
    agents = [exports.agent("admin", "super_admin"), exports.agent("sees")]
    report = _account(make_account, agents=agents).move("chat", dry_run=True)
    assert _warned(report, "agents_without_access") == []
    assert _warned(report, "no_sla") == []


@pytest.mark.requirement("H-07")
def test_a_missing_sla_is_warned_of(make_account: MakeAccount) -> None:
    help_desk = {"ticket_statuses": exports.STATUSES, "sla": None}
    report = _account(make_account, account={"help_desk": help_desk}).move("chat")
    assert report["status"] == "done"
    assert _warned(report, "no_sla") == ["no SLA is set in the help desk"]


@pytest.mark.requirement("H-08")
@pytest.mark.parametrize("edition", ["2023-09", "2024-06", "2025-03"])
def test_preflight_says_that_the_help_desk_is_not_in_the_mobile_app(make_account: MakeAccount, edition: str) -> None:
    report = _account(make_account).move("chat", edition=edition, dry_run=True)
    assert report["edition"] == edition
    assert _warned(report, "not_in_mobile_app") == [NO_MOBILE]


def _busy_but_for(quiet: set[int], offset: int, channel_id: str = "chat") -> list[Json]:
    """Make two conversations in every hour (by UTC + offset) that is not quiet."""
    return [
        exports.conversation(f"{channel_id}-{n}-{hour}", channel_id, started_at=_at(hour, offset), messages=[])
        for hour in range(24)
        if hour not in quiet
        for n in range(2)
    ]


def _at(hour: int, offset: int) -> str:
    return f"2024-01-10T{(hour - offset) % 24:02d}:30:00.000Z"


@pytest.mark.requirement("H-09")
@pytest.mark.parametrize(
    ("zone", "offset", "quiet", "advice"),
    [
        ("Europe/Berlin", 1, {3, 4, 5}, "the channel is quietest from 03:00 to 06:00 (Europe/Berlin)"),
        ("Europe/Berlin", 1, {23, 0, 1}, "the channel is quietest from 23:00 to 02:00 (Europe/Berlin)"),
        ("America/Sao_Paulo", -3, {12, 13, 14}, "the channel is quietest from 12:00 to 15:00 (America/Sao_Paulo)"),
    ],
)
def test_preflight_advises_the_channels_own_quiet_hours_in_the_accounts_time_zone(
    make_account: MakeAccount, zone: str, offset: int, quiet: set[int], advice: str
) -> None:
    beside = _busy_but_for({8, 9, 10}, offset, "mail")
    account = _account(
        make_account,
        account={"time_zone": zone},
        channels=[exports.channel("chat"), exports.channel("mail", "email")],
        conversations=[*_busy_but_for(quiet, offset), *beside],
    )
    assert _warned(account.move("chat", dry_run=True), "quiet_time") == [advice]


@pytest.mark.requirement("H-09")
def test_without_a_history_there_is_no_advice(make_account: MakeAccount) -> None:
    assert _warned(_account(make_account).move("chat", dry_run=True), "quiet_time") == []


@pytest.mark.requirement("H-36")
@pytest.mark.parametrize(
    ("mute", "warnings"),
    [(False, ["the tickets and assignments that the move makes notify agents"]), (True, [])],
)
def test_preflight_says_that_agents_will_be_notified_unless_muted(
    make_account: MakeAccount,
    mute: bool,  # noqa: FBT001 - pytest passes parameters by name
    warnings: list[str],
) -> None:
    report = _account(make_account).move("chat", mute=mute, dry_run=True)
    assert _warned(report, "agents_will_be_notified") == warnings


@pytest.mark.requirement("H-07", "H-08", "H-09", "H-36")
def test_a_refusal_bears_the_warnings_too_and_so_does_the_page(make_account: MakeAccount) -> None:
    account = _account(make_account, conversations=[exports.conversation("a", "chat")])
    move = account.ask("chat", requested_by="with-access")
    report = account.report(move)
    codes = ["agents_without_access", "not_in_mobile_app", "quiet_time", "agents_will_be_notified"]
    assert report["status"] == "refused"
    assert [notice["code"] for notice in report["warnings"]] == codes
    assert [notice["code"] for notice in account.show(move)["warnings"]] == codes
