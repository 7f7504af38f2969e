"""Which issuer `deskshift tokens connect` is told of: its options, each for the kinds that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskshift.domain.tokens.routing import safe_start
from deskshift.model.token_issuers import ChatIssues, HubSpotIssues, PlatformIssues, SupportIssues
from infra.cli.connect import is_base_url, rate
from infra.cli.errors import bad_option
from infra.cli.hubspot_apps import read_apps
from infra.cli.move_options import checked_id, whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from deskshift.model.token_issuers import IssuedBy

PLATFORM, SUPPORT, CHAT, HUBSPOT = "platform", "zendesk-support", "zendesk-chat", "hubspot"
HUBSPOTS_API = "https://api.hubapi.com"
NAMES: dict[type[Any], str] = {
    PlatformIssues: "its platform",
    SupportIssues: "Zendesk Support",
    ChatIssues: "Zendesk Chat",
    HubSpotIssues: "HubSpot",
}
_OF = {
    "issuer_url": (SUPPORT, CHAT, HUBSPOT),
    "issuer_requests_per_second": (SUPPORT, CHAT, HUBSPOT),
    "start": (SUPPORT,),
    "lists_every_agent": (CHAT,),
    "revokes_one": (CHAT,),
    "hub_id": (HUBSPOT,),
    "apps": (HUBSPOT,),
    "app_url": (HUBSPOT,),
}
_NEEDED = {
    SUPPORT: {"issuer_url": "https://SUBDOMAIN.zendesk.com"},
    CHAT: {"issuer_url": "https://SUBDOMAIN.zendesk.com", "subdomain": "the account's subdomain at Zendesk"},
    HUBSPOT: {"hub_id": "the account's number at HubSpot", "apps": "the file that names the account's apps"},
}
_LARGEST_HUB = 2**53


def read_issuer(given: argparse.Namespace) -> IssuedBy | None:
    """Read which issuer an account is said to have, without the token that deskshift calls it with.

    Returns:
        The issuer; None if none is named: then the one that is recorded stays.

    Raises:
        InputRefused: an option is wrong, is missing, or is none of this kind's; it is named, with what was found and
            what is allowed.
    """
    kind = given.issuer
    for name, kinds in _OF.items():
        if getattr(given, name) and kind not in kinds:
            beside = "no --issuer" if kind is None else f"--issuer {kind}"
            found = f"{_shown(getattr(given, name))} with {beside}"
            raise bad_option(_option(name), found, f"with --issuer {' or '.join(kinds)}")
    for name, what in _NEEDED.get(kind, {}).items():
        if getattr(given, name) is None:
            raise bad_option(_option(name), "nothing", f"{what}, with --issuer {kind}")
    match kind:
        case "platform":
            return PlatformIssues()
        case "zendesk-support":
            return SupportIssues(**_reach(given), starts=tuple(_starts(given.start)))
        case "zendesk-chat":
            told = {"lists_every_agent": given.lists_every_agent, "revokes_one": given.revokes_one}
            return ChatIssues(**_reach(given), subdomain=given.subdomain, **told)
        case "hubspot":
            return _hubspot(given)
        case _:
            return None


def _hubspot(given: argparse.Namespace) -> HubSpotIssues:
    hub_id = whole_number("--hub-id", given.hub_id, 1, _LARGEST_HUB)
    apps = read_apps(given.apps)
    if given.app_url is None:
        return HubSpotIssues(**_reach(given, HUBSPOTS_API), hub_id=hub_id, apps=apps)
    return HubSpotIssues(**_reach(given, HUBSPOTS_API), hub_id=hub_id, apps=apps, app_url=_url(given, "app_url"))


def _reach(given: argparse.Namespace, base_url: str = "") -> dict[str, Any]:
    reach: dict[str, Any] = {"base_url": base_url if given.issuer_url is None else _url(given, "issuer_url")}
    if given.issuer_requests_per_second is not None:
        text = given.issuer_requests_per_second
        reach["requests_per_second"] = rate(text, "--issuer-requests-per-second")
    return reach


def _url(given: argparse.Namespace, name: str) -> str:
    text = str(getattr(given, name))
    if not is_base_url(text):
        raise bad_option(_option(name), repr(text[:80]), "https://HOST, without a path")
    return text.rstrip("/")


def _starts(given: list[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for text in given:
        client_id, _, address = text.partition("=")
        if client_id in seen:
            raise bad_option("--start", f"{client_id:.80} twice", "each client once")
        seen.add(client_id)
        checked_id({"start": client_id}, "start")
        if not safe_start(address):
            raise bad_option("--start", repr(text[:200]), "CLIENT_ID=https://…, the page at which an agent begins")
        yield client_id, address


def _shown(value: object) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return "it" if value is True else text[:80]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
