"""Which issuer a record names, how it is reached, and what follows where it lists nothing."""

import msgspec
import pytest

from deskshift.connectors.hubspot.tokens import HubSpotTokens
from deskshift.connectors.issuers import reach_of, timeout_of, token_issuer
from deskshift.connectors.observer import Unobserved
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.opening import IssuerClients, open_issuer
from deskshift.connectors.zendesk.chat_tokens import ChatTokens
from deskshift.connectors.zendesk.support_tokens import SupportTokens
from deskshift.domain.tokens.brokering import revoked_by_value
from deskshift.domain.tokens.observing import of_unlisted
from deskshift.domain.tokens.times import stamp
from deskshift.model.account import Connection
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.oauth import OAuthClient
from deskshift.model.token_issuers import (
    ChatIssues,
    HubSpotIssues,
    IssuedBy,
    PlatformIssues,
    Reach,
    SupportIssues,
)
from tests.support.reissues import NOW, POLICY, after, reissue

ZENDESK, STARTS = "https://acme.zendesk.com", (("crm", "https://crm.example/start"),)
APP = OAuthClient(
    id="app",
    name="An app",
    redirect_uris=("https://app.example/callback",),
    scopes=("oauth",),
    confidential=True,
    grant_types=("authorization_code",),
)
CONNECTED = Connection(
    account_id="acme",
    platform="platform",
    base_url="https://desk.example",
    secret_arn="arn:platform",
    webhook_secret_arn="arn:webhook",
    webhook_path="w",
    webhook_url="https://deskshift.example/webhooks/w",
    requests_per_second=3,
    read_timeout=7,
)
KINDS: list[tuple[IssuedBy, str, type]] = [
    (PlatformIssues(), "platform", PlatformTokenIssuer),
    (
        SupportIssues(base_url=ZENDESK, secret_arn="arn:1", starts=(("crm", "https://c"),)),
        "zendesk_support",
        SupportTokens,
    ),
    (ChatIssues(base_url=ZENDESK, secret_arn="arn:2", subdomain="acme"), "zendesk_chat", ChatTokens),
    (HubSpotIssues(base_url="https://api.example", hub_id=1, apps=(APP,)), "hubspot", HubSpotTokens),
]


def calls(reach: Reach) -> IssuerClients:
    return open_issuer(reach.base_url, None, 1, timeout_of(reach), calls=Unobserved(), correlation=lambda: None)


@pytest.mark.parametrize(("issued_by", "kind", "adapter"), KINDS)
def test_each_kind_has_its_record_and_its_adapter(issued_by: IssuedBy, kind: str, adapter: type) -> None:
    record = IssuerConnection(account_id="acme", issued_by=issued_by, public_url="https://deskshift.example")
    written = msgspec.json.encode(record)
    assert msgspec.json.decode(written, type=IssuerConnection) == record
    assert msgspec.json.decode(written)["issued_by"]["kind"] == kind
    reach = reach_of(issued_by, lambda: CONNECTED)
    assert type(token_issuer("acme", issued_by, reach, calls(reach), lambda: NOW)) is adapter


def test_records_from_before_have_the_platform() -> None:
    before = (
        b'{"account_id":"acme","issuer":"platform","public_url":"https://deskshift.example","entrusted":{"crm":"a"}}'
    )
    record = msgspec.json.decode(before, type=IssuerConnection)
    assert (record.issued_by, record.entrusted) == (PlatformIssues(), {"crm": "a"})


def test_the_platform_is_reached_as_the_account_is_and_a_vendor_by_itself() -> None:
    reach = reach_of(PlatformIssues(), lambda: CONNECTED)
    found = (reach.base_url, reach.requests_per_second, reach.read_timeout, reach.secret_arn)
    assert found == ("https://desk.example", 3, 7, "arn:platform")
    for issued_by, _, _ in KINDS[1:]:
        assert reach_of(issued_by, pytest.fail) is issued_by


BROKERED = reissue(route="brokered", old=())
VERIFIED = reissue(
    route="brokered", old=(), status="verified", successor="new", verified_at=stamp(NOW), retire_after=stamp(NOW)
)


@pytest.mark.parametrize("status", ["authorized", "collected"])
def test_that_no_list_shows_a_new_token_does_not_end_it(status: str) -> None:
    one = msgspec.structs.replace(VERIFIED, status=status)
    assert not of_unlisted(one, POLICY, after(days=99)).changed


def test_by_the_time_alone_an_invitation_ends_and_a_token_is_taken_back() -> None:
    assert not of_unlisted(BROKERED, POLICY, after(days=1)).changed
    ended = of_unlisted(BROKERED, POLICY, after(days=15)).after
    assert (ended.status, ended.old_token) == ("expired", "in_force")
    assert not of_unlisted(ended, POLICY, after(days=16)).changed
    back = of_unlisted(VERIFIED, POLICY, after(minutes=20)).after
    assert (back.becomes, back.to_revoke) == ("invited", ("new",))
    lost = of_unlisted(msgspec.structs.replace(BROKERED, exchange_at=stamp(NOW)), POLICY, after(minutes=20)).after
    assert (lost.status, lost.invitations, lost.exchange_at) == ("invited", 2, None)


def test_what_is_revoked_by_its_value_is_not_left_to_do() -> None:
    one = msgspec.structs.replace(VERIFIED, becomes="withdrawn", to_revoke=("new", "other"))
    assert revoked_by_value(one, "new").after.to_revoke == ("other",)
    assert not revoked_by_value(one, "another").changed
    assert not revoked_by_value(VERIFIED, "new").changed
