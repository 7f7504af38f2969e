"""A brokered authorization step by step, as a browser goes through it, and as an attacker changes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

import urllib3

from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.ports import BearerToken
from infra.local.players.forms import read_page
from tests.support.reissuing import Answer, Reissuing

_http = urllib3.PoolManager(retries=False, timeout=30)
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Authorizing:
    """Where an authorization stands: `address` is where the browser goes next, with which cookie of deskshift's."""

    one: Reissuing
    address: str
    cookie: str

    @classmethod
    def begun(cls, one: Reissuing, agent_id: str, link: str | None = None) -> Self:
        """Let an agent press the page's button; without a link the one of their newest letter."""
        answer = pressed(one, agent_id, link=link)
        return cls(one, led_to(answer), answer.headers["set-cookie"].split(";")[0])

    def authorized(self, agent_id: str, decision: str = "accept") -> Self:
        """Let somebody log in at the issuer and decide; the browser is sent back, and has not gone yet."""
        login = self.address.replace("/authorize?", "/login?")
        logged_in = _http.request("POST", login, body=urlencode({"agent_id": agent_id}), headers=_FORM, redirect=False)
        session = logged_in.headers["set-cookie"].split(";")[0]
        again = urljoin(self.address, logged_in.headers["location"])
        headers = {**_FORM, "cookie": session}
        decided = _http.request("POST", again, body=urlencode({"decision": decision}), headers=headers, redirect=False)
        assert decided.status == 302, decided.data
        return replace(self, address=str(decided.headers["location"]))

    @property
    def query(self) -> dict[str, str]:
        """Give what is asked for, or answered."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}

    def changed(self, *, path: str | None = None, **query: str | None) -> Self:
        """Change the address: parameters to a value, or away."""
        parts = urlsplit(self.address)
        kept = {name: value for name, value in {**self.query, **query}.items() if value is not None}
        made = parts._replace(query=urlencode(kept), path=path or parts.path)
        return replace(self, address=urlunsplit(made))

    def back(self, cookie: str | None = None) -> Answer:
        """Let the browser come back, or another one."""
        got = _http.request("GET", self.address, headers={"cookie": self.cookie if cookie is None else cookie})
        return Answer(got.status, got.data, got.headers)


def pressed(one: Reissuing, agent_id: str, decision: str = "accept", link: str | None = None) -> Answer:
    """Let an agent press a button of the page that they were invited to."""
    page = link or one.links(agent_id)[0]
    got = _http.request("POST", page, body=urlencode({"decision": decision}), headers=_FORM, redirect=False)
    return Answer(got.status, got.data, got.headers)


def led_to(answer: Answer) -> str:
    """Give where a page leads a browser on to by itself."""
    assert answer.status == 200, answer.data
    address = read_page(answer.data.decode()).refresh
    assert address, answer.data
    return address


def opened(address: str, method: str = "GET", **headers: str) -> Answer:
    """Open an address."""
    got = _http.request(method, address, headers=headers, redirect=False)
    return Answer(got.status, got.data, got.headers)


@contextmanager
def disturbed(one: Reissuing, spec: str) -> Iterator[None]:
    """Let the platform, and the issuer with it, do so to every call of the account."""
    one.sandbox.faults(one.id, spec)
    try:
        yield
    finally:
        one.sandbox.faults(one.id, "")


@contextmanager
def disturbed_exchange(one: Reissuing, spec: str) -> Iterator[None]:
    """Let it do so to the call alone that sends a code."""
    exchange = PlatformTokenIssuer.exchange

    def sent(issuer: PlatformTokenIssuer, *given: object) -> BearerToken:
        with disturbed(one, spec):
            return exchange(issuer, *given)  # type: ignore[arg-type]  # as they are given

    with patch.object(PlatformTokenIssuer, "exchange", sent):
        yield
