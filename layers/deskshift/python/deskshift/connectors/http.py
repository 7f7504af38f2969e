"""The one small HTTP client that all adapters speak through: pooling, timeouts, Retry-After, a size limit, JSON."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import IO, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import urllib3

from deskshift.connectors.observer import CallsObserver, Unobserved
from deskshift.connectors.pace import Pace
from deskshift.connectors.patience import patience_left
from deskshift.model.errors import AnswerTooLarge, VendorAnswerInvalid, VendorRefused, VendorUnavailable

T = TypeVar("T")
Query = Mapping[str, str | int | None]
Token = str | Callable[[], str] | None
"""A bearer token, or what gives the one that is good now; None for calls that must bear none."""

CORRELATION_HEADER = "x-correlation-id"
"""Lets a platform's team find the calls of one move in their own logs."""
_ATTEMPTS = 6
_FIRST_BACKOFF = 0.1
_LONGEST_CALL = 90.0
"""Seconds that a call may take with all its repetitions: a step keeps two minutes for its last one."""
ONE_CALL_MS = 100_000
"""Milliseconds that whoever has many calls to make keeps for one more, with all its repetitions."""
_SHORTEST = 0.01
"""Seconds; a timeout has to be more than nothing."""
_MAX_ANSWER = 32 * 1024 * 1024
_MAX_FILE = 256 * 1024 * 1024
_CHUNK = 1024 * 1024
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


def segment(one_id: str) -> str:
    """Write an id as one segment of a path; `.` and `..` are ids too, and no client may fold them away."""
    return quote(one_id, safe="").replace(".", "%2E")


class _Error(msgspec.Struct):
    code: str = "unknown"


class _Envelope(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


class Answer(msgspec.Struct, frozen=True):
    """A platform's answer with a status below 400 or one that the caller said it can deal with.

    Prints nothing of its body: a token may be in it.
    """

    status: int
    body: bytes
    code: str = ""

    def __repr__(self) -> str:
        return f"Answer({self.status}, …)"


class VendorClient:
    """Calls one account's platform. Every call may be sent more than once: adapters send only what may be repeated.

    What may not, as a code that an issuer takes once, is called with `repeat=False`.

    Args:
        base_url: the platform's address without a slash at its end.
        token: the account's access token; what it is or what gives it, is never shown anywhere.
        pace: this worker's share of the platform's budget, with its clock.
        timeout: connect and read timeouts.
        sleep: waits so many seconds.
        headers: what every call bears besides.
        calls: hears of each call.
        correlation: gives the id of what is worked on now; each call bears it.
        codes: whether its error codes may be passed on; not those of who is sent secrets and may repeat them.
    """

    def __init__(  # noqa: PLR0913 - what a client is made of
        self,
        base_url: str,
        token: Token,
        pace: Pace,
        timeout: urllib3.Timeout,
        sleep: Callable[[float], None],
        *,
        headers: Mapping[str, str] | None = None,
        calls: CallsObserver | None = None,
        correlation: Callable[[], str | None] = lambda: None,
        codes: bool = True,
    ) -> None:
        self._base = base_url
        self._token = token
        self._headers = {"accept": "application/json", **(headers or {})}
        self._pace = pace
        self._sleep = sleep
        self._calls = calls or Unobserved()
        self._correlation = correlation
        self._codes = codes
        self._longest = timeout
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=8, retries=False)

    def json(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Query | None = None,
        body: object = None,
    ) -> T:
        """Call and decode the answer.

        Raises:
            VendorUnavailable: no answer, or still busy after six attempts or a minute and a half.
            VendorRefused: a status of 400 or more that repeating cannot mend.
            VendorAnswerInvalid: the answer has another shape.
            AnswerTooLarge: more than 32 MiB.
        """
        data = None if body is None else msgspec.json.encode(body)
        got = self.call(method, path, query=query, body=data)
        return decoded(got.body, answer, method, path)

    def call(  # noqa: PLR0913 - one HTTP call has these parts
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        allow: frozenset[int] = frozenset(),
        repeat: bool = True,
    ) -> Answer:
        """Call until there is an answer that means something; statuses in `allow` are given back instead of raised.

        Without `repeat` it is sent once: no answer that means something is `VendorUnavailable` at once.
        """

        def once(url: str, sent: Mapping[str, str]) -> tuple[Answer, float | None]:
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
            request, timeout = partial(self._pool.request, method, url, preload_content=False), self._timeout()
            with request(body=body, headers=sent, timeout=timeout) as response:
                content = response.read(_MAX_ANSWER + 1, decode_content=True)
                if len(content) > _MAX_ANSWER:
                    response.close()
                    raise AnswerTooLarge(method, path, _MAX_ANSWER)
                return _answer(response, content)

        attempts = _ATTEMPTS if repeat else 1
        return self._repeated(method, path, once, query=query, headers=headers, allow=allow, attempts=attempts)

    def download(self, path: str, into: IO[bytes], *, allow: frozenset[int] = frozenset()) -> Answer:
        """Fetch a file's bytes into an empty file, without holding them all; the answer's body is empty then.

        Raises:
            AnswerTooLarge: more than 256 MiB.
        """

        def once(url: str, sent: Mapping[str, str]) -> tuple[Answer, float | None]:
            into.seek(0)
            into.truncate()
            timeout = self._timeout()
            with self._pool.request("GET", url, headers=sent, timeout=timeout, preload_content=False) as response:
                if response.status >= HTTPStatus.BAD_REQUEST:
                    return _answer(response, response.read(_CHUNK, decode_content=True))
                for chunk in response.stream(_CHUNK, decode_content=True):
                    into.write(chunk)
                    if into.tell() > _MAX_FILE:
                        response.close()
                        raise AnswerTooLarge("GET", path, _MAX_FILE)
                return _answer(response, b"")

        return self._repeated("GET", path, once, query=None, headers={"accept": "*/*"}, allow=allow)

    def _repeated(  # noqa: PLR0913 - one HTTP call has these parts
        self,
        method: str,
        path: str,
        once: Callable[[str, Mapping[str, str]], tuple[Answer, float | None]],
        *,
        query: Query | None,
        headers: Mapping[str, str] | None,
        allow: frozenset[int],
        attempts: int = _ATTEMPTS,
    ) -> Answer:
        asked = {key: value for key, value in (query or {}).items() if value is not None}
        url = f"{self._base}{path}?{urlencode(asked)}" if asked else f"{self._base}{path}"
        sent = {**self._headers, **self._authorization(), "content-type": "application/json", **(headers or {})}
        correlated = self._correlation()
        if correlated is not None:
            sent[CORRELATION_HEADER] = correlated
        found, began = "", self._pace.now()
        for attempt in range(attempts):
            if self._is_late(self._pace.until_free()):
                raise VendorUnavailable(method, path, found or "no time is left for it")
            self._pace.wait()
            self._calls.called()
            try:
                got, retry_after = once(url, sent)
            except urllib3.exceptions.HTTPError as error:
                self._calls.failed()
                found, wait = type(error).__name__, _backoff(attempt)
            else:
                self._tell(got.status)
                if got.status not in _TRY_AGAIN:
                    return _meant(got, method, path, allow)
                found = f"{got.status} {got.code}" if self._codes else str(got.status)
                wait = _backoff(attempt) if retry_after is None else retry_after
                if retry_after is not None:
                    self._pace.hold(retry_after)
            too_long = self._pace.now() + wait - began > _LONGEST_CALL
            if attempt + 1 == attempts or too_long or self._is_late(wait):
                break
            self._sleep(wait)
        raise VendorUnavailable(method, path, found)

    def _timeout(self) -> urllib3.Timeout:
        left = patience_left()
        if left is None:
            return self._longest
        longest = self._longest
        return urllib3.Timeout(connect=longest.connect_timeout, read=longest.read_timeout, total=max(left, _SHORTEST))

    @staticmethod
    def _is_late(wait: float) -> bool:
        """Say whether nobody waits any more for an answer to what is sent so many seconds from now."""
        left = patience_left()
        return left is not None and left <= wait

    def _authorization(self) -> dict[str, str]:
        token = self._token() if callable(self._token) else self._token
        return {} if token is None else {"authorization": f"Bearer {token}"}

    def _tell(self, status: int) -> None:
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._calls.throttled()
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._calls.failed()


def decoded(content: bytes | msgspec.Raw, kind: type[T], method: str, path: str) -> T:
    """Decode what a platform answered.

    Raises:
        VendorAnswerInvalid: it has another shape; the message says where, never what stands there.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VendorAnswerInvalid(method, path, where(error)) from None


def where(error: Exception) -> str:
    """Say where a value does not fit, without the value: it may be a customer's."""
    at = str(error).rpartition(" - at ")[2].strip("`") if " - at " in str(error) else ""
    return f"{type(error).__name__} at {at}" if at else type(error).__name__


def _backoff(attempt: int) -> float:
    """Wait up to twice as long each time, anywhere in between, so that workers do not come back together."""
    return random.uniform(0, _FIRST_BACKOFF * 2**attempt)  # noqa: S311 - spreads load, guards nothing


def _answer(response: urllib3.BaseHTTPResponse, content: bytes) -> tuple[Answer, float | None]:
    response.release_conn()
    code = _code(content) if response.status >= HTTPStatus.BAD_REQUEST else ""
    return Answer(response.status, content, code), _seconds(response.headers.get("retry-after"))


def _code(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Envelope).error.code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "unknown"


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _meant(got: Answer, method: str, path: str, allow: frozenset[int]) -> Answer:
    if got.status >= HTTPStatus.BAD_REQUEST and got.status not in allow:
        raise VendorRefused(method, path, got.status, got.code)
    return got
