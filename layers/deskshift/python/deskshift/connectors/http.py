"""The one small HTTP client that all adapters speak through: pooling, timeouts, Retry-After, a size limit, JSON."""

import random
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec
import urllib3

from deskshift.connectors.pace import Pace
from deskshift.model.errors import AnswerTooLarge, VendorAnswerInvalid, VendorRefused, VendorUnavailable

T = TypeVar("T")

_ATTEMPTS = 6
_FIRST_BACKOFF = 0.1
_LONGEST_WAIT = 60.0
_MAX_ANSWER = 32 * 1024 * 1024
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


def segment(one_id: str) -> str:
    """Write an id as one segment of a path; `.` and `..` are ids too, and no client may fold them away."""
    return quote(one_id, safe="").replace(".", "%2E")


class _Error(msgspec.Struct):
    code: str = "unknown"


class _Envelope(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


class Answer(msgspec.Struct, frozen=True):
    """A platform's answer with a status below 400 or one that the caller said it can deal with."""

    status: int
    body: bytes
    code: str = ""


class VendorClient:
    """Calls one account's platform. Every call may be sent more than once: adapters send only what may be repeated.

    Args:
        base_url: the platform's address without a slash at its end.
        token: the account's access token; never shown anywhere.
        pace: this worker's share of the platform's budget.
        timeout: connect and read timeouts.
        sleep: waits so many seconds; a test passes its own.
    """

    def __init__(
        self, base_url: str, token: str, pace: Pace, timeout: urllib3.Timeout, sleep: Callable[[float], None]
    ) -> None:
        self._base = base_url
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        self._pace = pace
        self._sleep = sleep
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=8, timeout=timeout, retries=False)

    def json(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: object = None,
    ) -> T:
        """Call and decode the answer.

        Raises:
            VendorUnavailable: no answer, or still busy after six attempts.
            VendorRefused: a status of 400 or more that repeating cannot mend.
            VendorAnswerInvalid: the answer has another shape.
            AnswerTooLarge: more than 32 MiB.
        """
        data = None if body is None else msgspec.json.encode(body)
        got = self.call(method, path, query=query, body=data)
        try:
            return msgspec.json.decode(got.body, type=answer)
        except msgspec.DecodeError as error:
            raise VendorAnswerInvalid(method, path, str(error)) from None

    def call(  # noqa: PLR0913 - one HTTP call has these parts
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow: frozenset[int] = frozenset(),
    ) -> Answer:
        """Call until there is an answer that means something; statuses in `allow` are given back instead of raised."""
        asked = {key: value for key, value in (query or {}).items() if value is not None}
        url = f"{self._base}{path}?{urlencode(asked)}" if asked else f"{self._base}{path}"
        sent = {**self._headers, "content-type": "application/json", **(headers or {})}
        found = ""
        for attempt in range(_ATTEMPTS):
            self._pace.wait()
            try:
                got, retry_after = self._once(method, url, path, body, sent)
            except urllib3.exceptions.HTTPError as error:
                found, wait = type(error).__name__, self._backoff(attempt)
            else:
                if got.status not in _TRY_AGAIN:
                    return _meant(got, method, path, allow)
                found = f"{got.status} {got.code}"
                wait = self._backoff(attempt) if retry_after is None else retry_after
                if retry_after is not None:
                    self._pace.hold(retry_after)
            if wait > _LONGEST_WAIT:
                break
            if attempt + 1 < _ATTEMPTS:
                self._sleep(wait)
        raise VendorUnavailable(method, path, found)

    def _once(
        self, method: str, url: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[Answer, float | None]:
        with self._pool.request(method, url, body=body, headers=headers, preload_content=False) as response:
            content = response.read(_MAX_ANSWER + 1, decode_content=True)
            if len(content) > _MAX_ANSWER:
                response.close()
                raise AnswerTooLarge(method, path, _MAX_ANSWER)
            response.release_conn()
            code = _code(content) if response.status >= HTTPStatus.BAD_REQUEST else ""
            return Answer(response.status, content, code), _seconds(response.headers.get("retry-after"))

    def _backoff(self, attempt: int) -> float:
        """Wait up to twice as long each time, anywhere in between, so that workers do not come back together."""
        return random.uniform(0, _FIRST_BACKOFF * 2**attempt)  # noqa: S311 - spreads load, guards nothing


def _code(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Envelope).error.code
    except msgspec.DecodeError:
        return "unknown"


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after is not None and retry_after.strip().isdigit() else None


def _meant(got: Answer, method: str, path: str, allow: frozenset[int]) -> Answer:
    if got.status >= HTTPStatus.BAD_REQUEST and got.status not in allow:
        raise VendorRefused(method, path, got.status, got.code)
    return got
