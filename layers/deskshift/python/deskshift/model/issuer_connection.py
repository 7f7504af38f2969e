"""Who issues one account's OAuth tokens, and which clients are entrusted to deskshift."""

import msgspec

from deskshift.model.token_issuers import IssuedBy, PlatformIssues


class IssuerConnection(msgspec.Struct, frozen=True, kw_only=True):
    """One account's issuer; an account has one. Secrets are named by ARN, never held.

    `public_url` is the address of the stack's HTTP API, without a slash at its end. `entrusted` are the clients whose
    authentication lies in Secrets Manager, each with its secret's ARN.
    `legacy_address` says that the issuer's old authorize address needs the account's subdomain now, `subdomain` which.
    """

    account_id: str
    issued_by: IssuedBy = PlatformIssues()
    public_url: str
    entrusted: dict[str, str] = {}
    legacy_address: bool = False
    subdomain: str = ""

    @property
    def callback(self) -> str:
        """The redirect address of this account's issuer; each issuer has one of its own (RFC 9700, 4.4.2)."""
        return f"{self.public_url}/oauth/{self.account_id}/callback"
