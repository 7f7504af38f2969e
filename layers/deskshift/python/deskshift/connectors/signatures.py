"""Check that a webhook comes from the platform: Standard Webhooks, https://www.standardwebhooks.com.

Sixty lines of ours instead of the library of that name, which brings an HTTP client with it into every function's
package; the tests sign with the library.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from deskshift.model.errors import DeskshiftError

TOLERANCE_SECONDS = 300


class SignatureInvalid(DeskshiftError):
    """The delivery is not signed by any of the account's secrets, or its headers are missing or malformed."""

    code = "signature_invalid"
    what_to_do = "Compare the platform's signing secret with the account's."


class TimestampStale(DeskshiftError):
    """The delivery's time is too far from now: it may be an old one that somebody plays again."""

    code = "timestamp_stale"
    what_to_do = "Let the platform send it anew; check both clocks."


def check(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> str:
    """Verify a delivery.

    Args:
        headers: the request's, names in lower case.
        body: exactly as it came.
        secrets: `whsec_…` secrets that count now; two while one is being rotated.
        now: the present time, aware.

    Returns:
        The delivery's id, the same for every repetition of it.

    Raises:
        SignatureInvalid: a header is missing or no signature fits.
        TimestampStale: the time is more than five minutes off, either way.
    """
    delivery, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not delivery or not timestamp.isascii() or not timestamp.isdigit() or not given:
        raise SignatureInvalid("a Standard Webhooks header is missing or malformed")
    signed = b".".join((delivery.encode(), timestamp.encode(), body))
    offered = [part[3:] for part in given.split(" ") if part.startswith("v1,")]
    fits = any(hmac.compare_digest(_sign(secret, signed), offer.encode()) for secret in secrets for offer in offered)
    if not fits:
        raise SignatureInvalid("no signature of the delivery fits the account's secrets")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise TimestampStale(f"the delivery's time is more than {TOLERANCE_SECONDS} seconds off")
    return delivery


def _sign(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise SignatureInvalid("the account's webhook secret is not base64") from None
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
