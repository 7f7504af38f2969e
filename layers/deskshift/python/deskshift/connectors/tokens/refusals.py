"""What an issuer means by an answer that is no success; of its words only codes that are known are passed on."""

from http import HTTPStatus
from typing import Any

import msgspec

from deskshift.connectors.http import Answer
from deskshift.model.errors import VendorRefused, VendorUnavailable

REFUSALS = frozenset(range(400, 600))
"""Every status that an adapter judges itself: an issuer's words may hold the token or the code that it was sent."""
_CODES = frozenset(
    {
        "access_denied",
        "insufficient_scope",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_token_type",
    }
)
"""RFC 6749, 5.2 and 4.1.2.1; RFC 6750, 3.1; RFC 7009, 2.2.1."""


class _Refusal(msgspec.Struct):
    error: Any = None


def judged(got: Answer, method: str, path: str, later: frozenset[int] = frozenset()) -> Answer:
    """Give back a success.

    Raises:
        VendorUnavailable: a status of `later`, a redirect, or any 5xx, also one that only what stands before the issuer
            sends (520 to 599): nobody said what became of the call.
        VendorRefused: any other status.
    """
    redirected = HTTPStatus.MULTIPLE_CHOICES <= got.status < HTTPStatus.BAD_REQUEST
    if got.status in later or redirected or got.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise VendorUnavailable(method, path, str(got.status))
    if got.status in REFUSALS:
        raise VendorRefused(method, path, got.status, known_code(got.body))
    return got


def revoked(got: Answer, method: str, path: str, later: frozenset[int] = frozenset()) -> bool:
    """Tell what became of a revocation: False if the issuer does not know the token (any more).

    Raises:
        VendorUnavailable: nobody said; it may still be in force.
        VendorRefused: it is in force.
    """
    if got.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return False
    judged(got, method, path, later)
    return True


def known_code(body: bytes) -> str:
    """Give the answer's error code if it is one of OAuth's own; "unknown" for anything else."""
    try:
        error = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "unknown"
    return error if isinstance(error, str) and error in _CODES else "unknown"
