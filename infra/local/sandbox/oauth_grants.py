"""The grants that the issuer gives tokens for, on Authlib: codes, refreshing, client credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from infra.local.sandbox.oauth import CODE_SECONDS, Code, Found
from infra.local.sandbox.oauth_clients import RegisteredClient
from infra.local.sandbox.oauth_records import digest

if TYPE_CHECKING:
    from authlib.oauth2 import OAuth2Request

    from infra.local.sandbox.account import Account
    from infra.local.sandbox.oauth_server import Issuer

CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]


class IssuedCode:
    """A code that is being exchanged, as Authlib asks for it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.code_challenge = code.challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str | None:
        """Return the redirect address of its authorization request."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """Return what was agreed to."""
        return " ".join(self.code.scopes)


class CodeGrant(AuthorizationCodeGrant):
    """RFC 6749, 4.1. A code counts once: when it comes again, what it was exchanged for is revoked (4.1.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION
    server: Issuer

    @property
    def account(self) -> Account:
        """Return whose issuer it is."""
        return self.server.account

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the code's digest and what it stands for."""
        asked = request.payload
        if asked is None or request.user is None:
            raise InvalidRequestError
        self.account.oauth.codes[digest(code)] = Code(
            client_id=asked.client_id,
            agent_id=request.user,
            redirect_uri=asked.redirect_uri,
            scopes=request.scope.split(),
            challenge=asked.data.get("code_challenge"),
            ends_at=self.account.oauth.now(CODE_SECONDS),
        )

    def query_authorization_code(self, code: str, client: Any) -> IssuedCode | None:  # noqa: ANN401 - Authlib's
        """Find a code that this client may exchange now."""
        found = self.account.oauth.codes.get(digest(code))
        if found is None or found.client_id != client.get_client_id():
            return None
        if found.made is not None:
            made = self.account.oauth.token(found.made)
            if made is not None:
                made.token.revoked = True
            return None
        return IssuedCode(found) if found.ends_at > self.account.oauth.now() else None

    def authenticate_user(self, authorization_code: IssuedCode) -> str | None:
        """Return the agent, if the account still has them."""
        agent_id = authorization_code.code.agent_id
        return agent_id if agent_id in self.account.agents else None

    def delete_authorization_code(self, authorization_code: IssuedCode) -> None:
        """Keep the used code with the token that was made for it, to know it when it comes again."""
        authorization_code.code.made = self.server.made


class S256(CodeChallenge):
    """RFC 7636 with S256 alone; a public client has to use it, for nothing else shows that a code is its own."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - Authlib's own is no ClassVar

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Refuse a challenge that is plain, as one without a method is (4.3), and a public client without one."""
        request = grant.request
        asked = {} if request.payload is None else request.payload.data
        if "code_challenge" in asked and asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")
        client = request.client
        public = isinstance(client, RegisteredClient) and not client.client.confidential
        if public and "code_challenge" not in asked:
            raise InvalidRequestError("A public client needs a code_challenge.")
        super().validate_code_challenge(grant, redirect_uri)


class RefreshableToken:
    """A token that is being refreshed, as Authlib asks for it."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def check_client(self, client: Any) -> bool:  # noqa: ANN401 - Authlib's
        """Tell whether it is the client's."""
        return bool(self.found.grant.client_id == client.get_client_id())

    def get_scope(self) -> str:
        """Return what it may do."""
        return " ".join(self.found.token.scopes)


class RotatingRefresh(RefreshTokenGrant):
    """RFC 6749, 6, with rotation: the token before, and its refresh token, end at once."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Issuer

    def authenticate_refresh_token(self, refresh_token: str) -> Any:  # noqa: ANN401 - None refuses it
        """Find a refresh token that is in force."""
        oauth = self.server.account.oauth
        found = oauth.by_refresh(refresh_token)
        return None if found is None or not oauth.in_force(found.token) else RefreshableToken(found)

    def authenticate_user(self, refresh_token: RefreshableToken) -> str | None:
        """Return the agent, if the account still has them."""
        agent_id = refresh_token.found.grant.agent_id
        return agent_id if agent_id in self.server.account.agents else None

    def revoke_old_credential(self, refresh_token: Any) -> None:  # noqa: ANN401 - the one found above
        """End the token before."""
        refresh_token.found.token.revoked = True


class MachineGrant(ClientCredentialsGrant):
    """RFC 6749, 4.4."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012 - Authlib's own is no ClassVar
