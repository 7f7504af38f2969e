"""`deskshift tokens connect --issuer`: which options each issuer has and needs, refused before anything is asked."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from deskshift.model.token_issuers import ChatIssues, HubSpotIssues, PlatformIssues, SupportIssues
from infra.cli.arguments import build_parser
from infra.cli.main import main
from infra.cli.tokens_issuer import read_issuer

CONNECT = ("tokens", "connect", "--stack", "s", "--account-id", "acme")
URL = ("--issuer-url", "https://acme.zendesk.com/")
SUPPORT = ("--issuer", "zendesk-support", *URL)
APP: dict[str, Any] = {
    "id": "7fff1e36",
    "name": "An app",
    "redirect_uris": ["https://app.example/callback"],
    "scopes": ["oauth"],
    "owner_id": "29",
}


def parsed(*options: str) -> argparse.Namespace:
    return build_parser().parse_args([*CONNECT, *options])


def apps(folder: Path, value: object) -> str:
    file = folder / "apps.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(file)


def test_each_kind_is_read_with_what_it_is_told(tmp_path: Path) -> None:
    assert read_issuer(parsed()) is None
    assert read_issuer(parsed("--issuer", "platform")) == PlatformIssues()
    found = read_issuer(parsed(*SUPPORT, "--start", "crm=https://crm.example/start?a=b"))
    starts = (("crm", "https://crm.example/start?a=b"),)
    assert found == SupportIssues(base_url="https://acme.zendesk.com", starts=starts)
    chat = ("--issuer", "zendesk-chat", *URL, "--subdomain", "acme")
    assert read_issuer(parsed(*chat)) == ChatIssues(base_url="https://acme.zendesk.com", subdomain="acme")
    told = read_issuer(parsed(*chat, "--lists-every-agent", "--revokes-one", "--issuer-requests-per-second", "2.5"))
    assert isinstance(told, ChatIssues)
    assert (told.lists_every_agent, told.revokes_one, told.requests_per_second) == (True, True, 2.5)
    hubspot = read_issuer(parsed("--issuer", "hubspot", "--hub-id", "62515", "--apps", apps(tmp_path, {"apps": [APP]})))
    assert isinstance(hubspot, HubSpotIssues)
    assert (hubspot.base_url, hubspot.app_url) == ("https://api.hubapi.com", "https://app.hubspot.com")
    assert (hubspot.hub_id, hubspot.apps[0].id, hubspot.apps[0].confidential) == (62515, "7fff1e36", True)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--issuer", "zendesk"), "--issuer: invalid choice: 'zendesk'"),
        (
            URL,
            "--issuer-url: found https://acme.zendesk.com/ with no --issuer; allowed: with",
        ),
        (("--issuer", "platform", *URL), "--issuer-url: found https://acme.zendesk.com/ with --issuer platform"),
        (("--issuer", "platform", "--issuer-requests-per-second", "1"), "--issuer-requests-per-second: found 1 with"),
        ((*SUPPORT, "--lists-every-agent"), "--lists-every-agent: found it with --issuer zendesk-support"),
        (
            (*SUPPORT, "--revokes-one"),
            "--revokes-one: found it with --issuer zendesk-support",
        ),
        (
            (*SUPPORT, "--hub-id", "1"),
            "--hub-id: found 1 with --issuer zendesk-support; allowed",
        ),
        (
            ("--issuer", "zendesk-chat", *URL, "--start", "crm=https://c.example"),
            "--start: found crm=https:",
        ),
        (("--issuer", "zendesk-support"), "--issuer-url: found nothing; allowed: https://SUBDOMAIN.zendesk.com"),
        (("--issuer", "zendesk-chat", *URL), "--subdomain: found nothing; allowed: the account's subdomain at Zendesk"),
        (("--issuer", "hubspot", "--apps", "a"), "--hub-id: found nothing; allowed: the account's number at HubSpot"),
        (("--issuer", "hubspot", "--hub-id", "1"), "--apps: found nothing; allowed: the file that names"),
        (("--issuer", "hubspot", "--hub-id", "one", "--apps", "a"), "--hub-id: found 'one'"),
        (("--issuer", "hubspot", "--hub-id", "0", "--apps", "a"), "--hub-id: found '0'"),
        (("--issuer", "hubspot", "--hub-id", "1", "--apps", "/nowhere"), "--apps: /nowhere: No such file"),
        (("--issuer", "zendesk-support", "--issuer-url", "http://acme.example"), "--issuer-url: found 'http://acme"),
        (("--issuer", "zendesk-support", "--issuer-url", "https://a.example/api"), "--issuer-url: found 'https://a."),
        ((*SUPPORT, "--issuer-requests-per-second", "0"), "--issuer-requests-per-second: found '0'"),
        ((*SUPPORT, "--start", "crm"), "--start: found 'crm'; allowed: CLIENT_ID=https://"),
        ((*SUPPORT, "--start", "crm=http://crm.example"), "--start: found 'crm=http://crm.example'"),
        ((*SUPPORT, "--start", "a b=https://crm.example"), "--start: found"),
        ((*SUPPORT, "--start", "a=https://a.example", "--start", "a=https://b.example"), "--start: found a twice"),
    ],
)
def test_wrong_options_are_refused_by_name(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], named: str
) -> None:
    assert main([*CONNECT, *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert named in told.err


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("{", "--apps: "),
        ([], "--apps: apps.json line 1"),
        ({}, "field apps"),
        ({"apps": []}, "field apps: found []"),
        ({"apps": [APP], "more": 1}, "field more"),
        ({"apps": [{**APP, "secret": "s"}]}, "secret"),
        ({"apps": [{**APP, "id": "a b"}]}, "field apps[0].id"),
        ({"apps": [{**APP, "redirect_uris": []}]}, "field apps[0].redirect_uris"),
        ({"apps": [{**APP, "redirect_uris": ["{sandbox}/x"]}]}, "field apps[0].redirect_uris"),
        ({"apps": [{**APP, "scopes": ["a b"]}]}, "field apps[0].scopes"),
        ({"apps": [APP, APP]}, "field apps[1].id"),
        (" " * 200_001, "found 200001 bytes, allowed are 200000"),
    ],
)
def test_a_file_of_apps_that_cannot_be_is_refused_by_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, value: object, named: str
) -> None:
    assert main([*CONNECT, "--issuer", "hubspot", "--hub-id", "1", "--apps", apps(tmp_path, value)]) == 2
    assert named in capsys.readouterr().err
