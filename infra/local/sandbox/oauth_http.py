"""Between the sandbox's server and Authlib: requests as Authlib reads them, and what it answers."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec
from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import OAuth2Payload

from infra.local.sandbox.call import Answer
from infra.local.sandbox.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

Params = dict[str, list[str]]


def params_of(text: str) -> Params:
    """Read a query or a form, every value of each name.

    Raises:
        ContractError: 400 if it is not one in UTF-8.
    """
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise invalid("body", "Not a form in UTF-8.") from error


class _Payload(OAuth2Payload):
    def __init__(self, params: Params) -> None:
        self._data = {name: values[0] for name, values in params.items()}
        self._datalist = params

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> dict[str, list[Any]]:
        return self._datalist


class IssuerRequest(OAuth2Request):
    """A request to the issuer: its query for the authorization page, its form for the other endpoints."""

    payload: OAuth2Payload  # Authlib's own may be missing; ours never is

    def __init__(self, method: str, uri: str, params: Params, headers: Mapping[str, str]) -> None:
        super().__init__(method, uri, headers={"Authorization": _readable(headers.get("authorization", ""))})
        self.payload = _Payload(params)

    @property
    def args(self) -> dict[str, str | None]:
        """Return the parameters."""
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        """Return the parameters."""
        return self.payload.data


def _readable(authorization: str) -> str:
    """Return credentials that Authlib can decode; it fails on Basic (RFC 7617) that is not of UTF-8."""
    try:
        base64.b64decode(authorization.partition(" ")[2], validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return authorization


@dataclass(slots=True)
class Reply:
    """What Authlib answers; `location` may be changed, as RFC 9207's extension does."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def location(self) -> str | None:
        """Return where it redirects to."""
        return self.headers.get("Location")

    @location.setter
    def location(self, address: str) -> None:
        self.headers["Location"] = address

    def answer(self) -> Answer:
        """Return it as the sandbox sends it."""
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-type"}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Basic realm="issuer"'
        body = b"" if self.location is not None else msgspec.json.encode(self.body)
        return Answer(self.status, body, headers=headers)
