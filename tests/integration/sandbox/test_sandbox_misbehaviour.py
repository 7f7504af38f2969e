from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import urllib3

from infra.local.sandbox.client import SandboxError
from infra.local.sandbox.faults import unfired

if TYPE_CHECKING:
    from tests.integration.sandbox.platform_client import Platform

AT_ONCE = "{}=0.9"  # so high a rate fires at the first call of a kind


def _until_fault(platform: Platform, code: int, calls: int) -> dict[str, str]:
    for _ in range(calls):
        reply = platform.get("/account")
        if reply.status == code:
            return reply.headers
    pytest.fail(f"no {code} within {calls} calls")


def test_429_and_500_come_within_the_inverse_of_their_rates(platform: Platform) -> None:
    platform.sandbox.faults(platform.account, "429=0.1,500=0.1")
    assert int(_until_fault(platform, 429, 10)["retry-after"]) >= 1
    _until_fault(platform, 500, 10)
    assert unfired(platform.sandbox.fault_counts(platform.account)) == []
    called = platform.sandbox.calls(platform.account)
    assert {call["fault"] for call in called if call["status"] == 500} == {"500"}


def test_a_faulty_call_has_no_effect_but_a_lost_response_has(platform: Platform) -> None:
    banner = {"channel_id": "chat", "move_id": "m", "text": "t"}
    platform.sandbox.faults(platform.account, AT_ONCE.format("500"))
    assert platform.put("/notices/banner", banner).code == "internal_error"
    assert platform.state()["banner"] is None
    platform.sandbox.faults(platform.account, AT_ONCE.format("429"))
    assert platform.put("/notices/banner", banner).code == "rate_limited"
    assert platform.state()["banner"] is None
    platform.sandbox.faults(platform.account, AT_ONCE.format("lost_response"))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        platform.put("/notices/banner", banner)
    assert platform.state()["banner"] == banner
    assert platform.sandbox.calls(platform.account)[-1]["status"] is None


def test_a_timeout_answers_nothing_and_does_nothing(platform: Platform) -> None:
    platform.sandbox.faults(platform.account, AT_ONCE.format("timeout"))
    platform.timeout = 0.3
    with pytest.raises(urllib3.exceptions.TimeoutError):
        platform.put("/notices/banner", {"channel_id": "chat", "move_id": "m", "text": "t"})
    assert platform.state()["banner"] is None
    assert platform.sandbox.fault_counts(platform.account) == {"timeout": {"calls": 1, "done": 1}}
    assert platform.sandbox.calls(platform.account)[-1]["fault"] == "timeout"


def test_slow_calls_are_answered_well(platform: Platform) -> None:
    platform.sandbox.faults(platform.account, "slow=0.5")
    started = time.monotonic()
    assert [platform.get("/account").status for _ in range(4)] == [200] * 4
    done = platform.sandbox.fault_counts(platform.account)["slow"]["done"]
    assert done >= 2
    assert time.monotonic() - started >= 0.2 * done


def test_a_refused_conversation_never_gets_in(platform: Platform) -> None:
    platform.make_channel()
    platform.sandbox.faults(platform.account, "refuse=conv-plain")
    for _ in range(2):
        refused, created = platform.import_as_is("conv-plain", "conv-ticket")
        assert (refused["status"], refused["code"], refused["reason"]) == (422, "rejected", "refused")
        assert created["status"] in {200, 201}
    assert platform.sandbox.fault_counts(platform.account) == {"refuse=conv-plain": {"calls": 2, "done": 2}}


def test_a_corruption_is_silent_and_done_once(platform: Platform) -> None:
    platform.make_channel()
    platform.sandbox.faults(platform.account, "corrupt=messages.text")
    results = platform.import_as_is("conv-empty", "conv-ticket", "conv-plain")
    assert {each["code"] for each in results} == {"created"}
    unlike = [
        name
        for name in ("conv-empty", "conv-ticket", "conv-plain")
        if platform.copies(name)[0]["messages"] != platform.read(name)["messages"]
    ]
    assert unlike == ["conv-ticket"]
    assert platform.sandbox.fault_counts(platform.account)["corrupt=messages.text"] == {"calls": 2, "done": 1}


@pytest.mark.parametrize(("name", "copies"), [("dropped", 0), ("doubled", 2)])
def test_a_dropped_or_doubled_item_shows_when_read_back(platform: Platform, name: str, copies: int) -> None:
    platform.make_channel()
    platform.sandbox.faults(platform.account, f"corrupt={name}")
    (result,) = platform.import_as_is("conv-plain")
    assert result["code"] == "created"
    assert len(platform.copies("conv-plain")) == copies


def test_a_corrupted_channel_is_answered_well_and_held_wrong(platform: Platform) -> None:
    platform.sandbox.faults(platform.account, "corrupt=signature")
    channel = platform.make_channel()
    held = platform.get("/help_desk/channels/chat").json
    assert held["settings"]["signature"] != channel["settings"]["signature"]
    assert {**held, "settings": channel["settings"]} == channel


def test_a_bad_specification_is_refused(platform: Platform) -> None:
    with pytest.raises(SandboxError) as refused:
        platform.sandbox.faults(platform.account, "429=often")
    assert refused.value.error["part"] == "429=often"


def test_a_rate_limit_is_enforced_and_counted(platform: Platform) -> None:
    platform.sandbox.set_options(platform.account, rate_limit={"requests": 2, "per_seconds": 60})
    replies = [platform.get("/account") for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 60
    assert platform.state()["rate_limited"] == 1
    platform.sandbox.set_options(platform.account, rate_limit=None)
    assert platform.get("/account").json["rate_limit"] is None


SCOPED = [
    ("GET", "/inbox/channels", "inbox.read"),
    ("POST", "/inbox/channels/chat/switch", "inbox.write"),
    ("GET", "/help_desk/channels", "help_desk.read"),
    ("DELETE", "/help_desk/imports/x", "help_desk.write"),
    ("GET", "/notices/notifications", "notices.write"),
    ("DELETE", "/webhooks/x", "webhooks.write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPED)
def test_a_missing_scope_is_named(platform: Platform, method: str, path: str, scope: str) -> None:
    others = [each for _, _, each in SCOPED if each != scope]
    platform.sandbox.set_options(platform.account, scopes=others)
    assert platform.get("/account").json["scopes"] == others
    reply = platform.call(method, path, valid=False)
    assert (reply.status, reply.code, reply.json["error"]["scope"]) == (403, "missing_scope", scope)


def test_a_plan_without_help_desk_is_refused_there_alone(platform: Platform) -> None:
    platform.sandbox.set_options(platform.account, plan={"help_desk": False})
    assert platform.get("/account").json["plan"] == {"help_desk": False}
    assert platform.get("/help_desk/channels").code == "missing_plan"
    assert platform.get("/inbox/channels").status == 200


def test_a_token_sees_its_own_account_alone(platform: Platform) -> None:
    good = platform.token
    for token in ("", "wrong", f"{good}x", "é"):
        platform.token = token
        assert platform.get("/account").code == "unauthorized"
    platform.token = good
    assert platform.get("/account").json["id"] == platform.account


def test_a_body_that_is_too_long_is_refused(platform: Platform) -> None:
    body = {"items": [], "padding": "x" * (64 * 1024 * 1024)}
    reply = platform.post("/help_desk/imports", body)
    assert (reply.status, reply.code) == (413, "too_large")


def test_arrivals_come_with_the_calls_that_let_them(platform: Platform) -> None:
    platform.sandbox.arrivals(platform.account, 4, "chat")
    platform.put("/notices/banner", {"channel_id": "chat", "move_id": "m", "text": "t"})
    platform.switch()
    platform.get("/inbox/conversations", channel_id="chat")
    let = {call["path"]: call["arrivals"] for call in platform.sandbox.calls(platform.account) if call["arrivals"]}
    assert let == {
        "/v1/notices/banner": [1],
        "/v1/help_desk/channels/{id}": [2],
        "/v1/inbox/channels/{id}/switch": [3],
        "/v1/inbox/conversations": [4],
    }
    assert platform.sandbox.finish_arrivals(platform.account) == []
    assert platform.state()["arrivals_left"] == 0
