"""The address of an issuer's authorization page."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from deskshift.model.errors import VendorRefused
from deskshift.model.oauth import OAuthClient


def authorization_address(  # noqa: PLR0913 - the parameters of RFC 6749, 4.1.1
    page: str,
    client: OAuthClient,
    *,
    redirect_uri: str,
    state: str,
    scopes: tuple[str, ...],
    challenge: str | None,
    more: Mapping[str, str] | None = None,
) -> str:
    """Write the address (RFC 6749, 4.1.1; RFC 7636, 4.3), with spaces as `%20`, and what the issuer wants `more`."""
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        **(more or {}),
    }
    if challenge is not None:
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{page}?{urlencode(asked, quote_via=quote)}"


def without_pkce(given: str | None, method: str, path: str) -> None:
    """Refuse a challenge or a verifier at an issuer without PKCE: it would protect nothing, and seem to.

    Raises:
        VendorRefused: one was given; nothing was sent.
    """
    if given is not None:
        raise VendorRefused(method, path, 422, "pkce_not_offered")
