"""Tokens, refusals and what is worth trying again; and no token in anything that is said."""

import logging
import traceback
from collections.abc import Callable

import pytest

from deskshift.model.errors import DeskshiftError, VendorAnswerInvalid, VendorRefused, VendorUnavailable
from tests.integration.zuora.tenant import SECRET, Tenant, refusal
from tests.integration.zuora.tenant_data import CHAT
from tests.integration.zuora.zuora import billing, client, order
from tests.support.passing_clock import Clock

ACCOUNT = ("GET", "/v1/accounts/chat-id")


def _read(tenant: Tenant, clock: Clock) -> object:
    return client(tenant, clock).get("/v1/accounts/chat-id", dict[str, object])


def test_a_token_is_used_until_it_is_about_to_expire(tenant: Tenant, clock: Clock) -> None:
    calls = client(tenant, clock)
    for _ in range(3):
        calls.get("/v1/accounts/chat-id", dict[str, object])
    assert len(tenant.sent("POST", "/oauth/token")) == 1
    clock.now += tenant.token_seconds - 121
    calls.get("/v1/accounts/chat-id", dict[str, object])
    assert len(tenant.sent("POST", "/oauth/token")) == 1
    clock.now += 2
    calls.get("/v1/accounts/chat-id", dict[str, object])
    assert len(tenant.sent("POST", "/oauth/token")) == 2
    assert tenant.seen[-1].headers["authorization"] == f"Bearer {tenant.tokens[1]}"


def test_the_call_for_a_token_bears_none(tenant: Tenant, clock: Clock) -> None:
    _read(tenant, clock)
    (asked,) = tenant.sent("POST", "/oauth/token")
    assert "authorization" not in asked.headers
    assert asked.body == {"client_id": "client-id", "client_secret": SECRET, "grant_type": "client_credentials"}


@pytest.mark.parametrize("answer", [(401, refusal(90000011)), (200, refusal(90000011)), (401, b"")])
def test_a_token_that_zuora_revoked_is_renewed_once(tenant: Tenant, clock: Clock, answer: tuple[int, object]) -> None:
    tenant.faults[ACCOUNT] = [answer]
    assert isinstance(_read(tenant, clock), dict)
    assert len(tenant.sent("POST", "/oauth/token")) == 2
    tenant.faults[ACCOUNT] = [answer, answer]
    with pytest.raises(VendorRefused):
        _read(tenant, clock)


def test_every_call_names_the_version_of_the_api(tenant: Tenant, clock: Clock) -> None:
    _read(tenant, clock)
    assert {one.headers["zuora-version"] for one in tenant.sent(*ACCOUNT)} == {"341.0"}


@pytest.mark.parametrize("code", [50000050, 53100060, 58560061, 50000070, "50000050"])
def test_a_transient_refusal_may_be_tried_again(tenant: Tenant, clock: Clock, code: int) -> None:
    tenant.faults[ACCOUNT] = [refusal(code)]
    with pytest.raises(VendorUnavailable, match=str(code)):
        _read(tenant, clock)


@pytest.mark.parametrize("codes", [(53100320,), (50000010,), (50000099,), (50000050, 53100322), (7,), ()])
def test_http_200_is_no_success_by_itself(tenant: Tenant, clock: Clock, codes: tuple[int, ...]) -> None:
    tenant.faults[ACCOUNT] = [refusal(*codes)]
    with pytest.raises(VendorRefused) as caught:
        _read(tenant, clock)
    assert (caught.value.status, caught.value.vendor_code) == (200, str(codes[-1]) if codes else "unknown")
    assert "customer words" not in str(caught.value)


def test_a_write_that_does_not_say_that_it_succeeded_did_not(tenant: Tenant, clock: Clock) -> None:
    tenant.faults["POST", "/v1/orders/preview"] = [{"previewResult": {}}]
    with pytest.raises(VendorAnswerInvalid, match="success"):
        billing(tenant, clock).preview(order())


def test_an_error_page_is_a_refusal(tenant: Tenant, clock: Clock) -> None:
    tenant.faults[ACCOUNT] = [(400, b"<html>customer words</html>")]
    with pytest.raises(VendorRefused, match="400 unknown"):
        _read(tenant, clock)


FAULTS: list[Callable[[Tenant], None]] = [
    lambda tenant: tenant.faults[ACCOUNT].append(refusal(53100320)),
    lambda tenant: tenant.faults[ACCOUNT].append(refusal(50000050)),
    lambda tenant: tenant.faults[ACCOUNT].append({"basicInfo": "token-canary-1"}),
    lambda tenant: tenant.faults[ACCOUNT].extend([(401, b"")] * 2),
    lambda tenant: tenant.faults[ACCOUNT].extend([(503, b"")] * 6),
    lambda tenant: tenant.faults["POST", "/oauth/token"].append((401, {"reason": SECRET})),
    lambda tenant: tenant.faults["POST", "/oauth/token"].append({"token": SECRET}),
    lambda tenant: tenant.faults["POST", "/oauth/token"].append({"access_token": f"{SECRET}\n", "expires_in": 9}),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_and_no_log_shows_a_token_or_the_secret(
    tenant: Tenant, clock: Clock, caplog: pytest.LogCaptureFixture, fault: Callable[[Tenant], None]
) -> None:
    caplog.set_level(logging.DEBUG)
    fault(tenant)
    system = billing(tenant, clock)
    with pytest.raises(DeskshiftError) as caught:
        system.account(CHAT)
    every = [caught.value, caught.value.__cause__, caught.value.__context__, system, system.__dict__]
    said = "".join([*map(repr, every), *traceback.format_exception(caught.value), caplog.text])
    assert "canary" not in said
