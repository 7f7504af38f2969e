"""A browser for a person who is played: cookies, redirects, pages that lead on, and forms; no JavaScript."""

from __future__ import annotations

import email.message
import http.cookiejar
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from infra.local.players.forms import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    import urllib3

    from infra.local.players.forms import Form

_REDIRECTS = range(300, 400)
_KEEPS_METHOD = frozenset({307, 308})
_MOST_REDIRECTS = 20


class TooManyRedirects(Exception):
    """A page sent the browser on and on; `host` is where it gave up."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"more than {_MOST_REDIRECTS} redirects, the last at {host}")


@dataclass(frozen=True, repr=False)
class Shown:
    """A page as it is shown. Its address is not printed: a code may be in it."""

    address: str
    status: int
    html: str

    def page(self) -> Page:
        """Return what is on it."""
        return read_page(self.html)


class Browser:
    """One person's browser, with a cookie jar of its own.

    Args:
        pool: the connections, which browsers share.
        places: addresses that are found elsewhere, as by a hosts file: the registered address, and where it is played.
    """

    def __init__(self, pool: urllib3.PoolManager, places: Mapping[str, str]) -> None:
        self._pool = pool
        self._places = places
        # Browsers take this machine's own addresses for secure, http or not.
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("https", "http"))
        self._jar = http.cookiejar.CookieJar(policy)

    def open(self, address: str, fields: Mapping[str, str] | None = None) -> Shown:
        """Open an address, or post fields to it, and follow where it leads.

        Raises:
            TooManyRedirects: it leads nowhere.
            urllib3.exceptions.HTTPError: nobody answers.
        """
        method = "GET" if fields is None else "POST"
        for _ in range(_MOST_REDIRECTS):
            address = self._found_at(address)
            response = self._sent(method, address, fields)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                shown = Shown(address, response.status, response.data.decode("utf-8", "replace"))
                refresh = shown.page().refresh
                if not refresh:
                    return shown
                address, method, fields = urljoin(address, refresh), "GET", None
                continue
            address = urljoin(address, location)
            if response.status not in _KEEPS_METHOD:
                method, fields = "GET", None
        raise TooManyRedirects(urlsplit(address).netloc)

    def submit(self, shown: Shown, form: Form, fields: Mapping[str, str]) -> Shown:
        """Send a form of the page that is shown."""
        target = urljoin(shown.address, form.action)
        if form.method == "GET":
            return self.open(urlunsplit(urlsplit(target)._replace(query=urlencode(fields))))
        return self.open(target, fields)

    def _found_at(self, address: str) -> str:
        parts = urlsplit(address)
        place = self._places.get(urlunsplit(parts._replace(query="", fragment="")))
        if place is None:
            return address
        return urlunsplit(urlsplit(place)._replace(query=parts.query))

    def _sent(self, method: str, address: str, fields: Mapping[str, str] | None) -> urllib3.BaseHTTPResponse:
        # The jar speaks of urllib's requests and of headers as in mail.
        asked = urllib.request.Request(address, method=method)  # noqa: S310 - it is never opened
        self._jar.add_cookie_header(asked)
        headers = {"Accept": "text/html", **dict(asked.unredirected_hdrs)}
        body = None if fields is None else urlencode(fields).encode()
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._pool.request(method, address, body=body, headers=headers, redirect=False, retries=False)
        self._jar.extract_cookies(_Answered(response), asked)  # type: ignore[arg-type] # `info` is all that it asks for
        return response


class _Answered:
    """A response as the jar asks for it."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._message = email.message.Message()
        for name, value in response.headers.items():
            self._message[name] = value

    def info(self) -> email.message.Message:
        return self._message
