"""Calls Zuora: an answer with HTTP 200 is a success only if it says so itself.

Errors are told by the category of Zuora's reason codes, their last two digits. A reason's words are never passed on:
they may hold a customer's.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from deskshift.connectors.http import Answer, Query, VendorClient, decoded
from deskshift.connectors.zuora.oauth import Tokens
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused, VendorUnavailable

T = TypeVar("T")

VERSION = "341.0"
"""The minor version of the API that the answers are read in; 309.0 is the first whose preview itemises taxes."""
PAGE: Query = {"pageSize": 40}
"""Zuora's largest page, for the listings that let it be chosen."""
_CODE_DIGITS = 8
_AUTHENTICATION, _NOT_FOUND = "11", "40"
_TRANSIENT = frozenset({"50", "60", "61", "70"})
"""Locking, internal and temporary errors, and too many requests: the same call may succeed later."""
_REFUSALS = frozenset(range(400, 600))
_encode = msgspec.json.Encoder(decimal_format="number").encode


class _Reason(msgspec.Struct):
    code: str | int = "unknown"


class _Verdict(msgspec.Struct):
    success: bool | None = None
    reasons: tuple[_Reason, ...] = ()

    @property
    def codes(self) -> list[str]:
        return [str(reason.code) for reason in self.reasons] or ["unknown"]


class _Page(msgspec.Struct, rename="camel"):
    next_page: str | None = None


class ZuoraClient:
    """Calls one tenant.

    Args:
        client: its bearer token comes from `tokens`, its headers have `zuora-version`.
        tokens: gives the token.
    """

    def __init__(self, client: VendorClient, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    def get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """Read.

        Raises:
            VendorUnavailable: Zuora is busy or has a temporary error.
            VendorRefused: it refuses; `vendor_code` is its first reason's code.
            VendorAnswerInvalid: the answer has another shape.
        """
        return decoded(self._done("GET", path, query=query), kind, "GET", path)

    def find(self, path: str, kind: type[T]) -> T | None:
        """Read what may not be there; None if it is not."""
        try:
            return self.get(path, kind)
        except VendorRefused as error:
            if error.status == HTTPStatus.NOT_FOUND or _category(error.vendor_code) == _NOT_FOUND:
                return None
            raise

    def pages(self, path: str, kind: type[T], query: Query | None = None) -> Iterator[T]:
        """Read all pages of a listing; of the address of the next one only the query is taken.

        Raises:
            VendorAnswerInvalid: the next page is the one that was just read.
        """
        asked = query
        while True:
            content = self._done("GET", path, query=asked)
            yield decoded(content, kind, "GET", path)
            next_page = decoded(content, _Page, "GET", path).next_page
            if next_page is None:
                return
            following = dict(parse_qsl(urlsplit(next_page).query))
            if following == asked:
                raise VendorAnswerInvalid("GET", path, "nextPage: the same page again")
            asked = following

    def post(self, path: str, kind: type[T], body: object, idempotency_key: str | None = None) -> T:
        """Create; the same key within 24 hours gives what the first call did.

        Raises:
            VendorUnavailable: also while the first call with the key is still worked on (409).
            VendorRefused: also if the key was used with another body (422).
        """
        headers = {} if idempotency_key is None else {"idempotency-key": idempotency_key}
        return decoded(self._done("POST", path, body=body, headers=headers), kind, "POST", path)

    def put(self, path: str, body: object) -> None:
        """Replace; it has no idempotency key, so whoever calls compares with what is read afterwards."""
        self._done("PUT", path, body=body)

    def _done(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        sent = None if body is None else _encode(body)
        token = self._tokens.bearer()
        got = self._client.call(method, path, query=query, body=sent, headers=headers, allow=_REFUSALS)
        verdict = _verdict(got, method, path)
        if got.status == HTTPStatus.UNAUTHORIZED or (
            verdict.success is False and {_category(code) for code in verdict.codes} == {_AUTHENTICATION}
        ):
            self._tokens.forget(token)
            got = self._client.call(method, path, query=query, body=sent, headers=headers, allow=_REFUSALS)
            verdict = _verdict(got, method, path)
        _judged(got, verdict, method, path)
        return got.body


def _verdict(got: Answer, method: str, path: str) -> _Verdict:
    try:
        return decoded(got.body, _Verdict, method, path)
    except VendorAnswerInvalid:
        if got.status < HTTPStatus.BAD_REQUEST:
            raise
        return _Verdict(success=False)


def _judged(got: Answer, verdict: _Verdict, method: str, path: str) -> None:
    """Raise what an answer means; reading an invoice alone answers without `success`."""
    failed = got.status >= HTTPStatus.BAD_REQUEST
    if not failed and verdict.success is None and method != "GET":
        raise VendorAnswerInvalid(method, path, "success: missing")
    if not failed and verdict.success is not False:
        return
    lasting = [code for code in verdict.codes if _category(code) not in _TRANSIENT]
    if got.status == HTTPStatus.CONFLICT or not lasting:
        raise VendorUnavailable(method, path, f"{got.status} {verdict.codes[0]}")
    raise VendorRefused(method, path, got.status, lasting[0])


def _category(code: str) -> str:
    """Give the two digits that say what kind of error it is; nothing for a code of another form."""
    return code[-2:] if len(code) == _CODE_DIGITS and code.isdecimal() else ""
