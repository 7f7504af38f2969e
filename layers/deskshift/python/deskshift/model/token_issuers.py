"""Which issuer an account's OAuth tokens are from, and what deskshift has to be told to call it."""

import msgspec

from deskshift.model.oauth import OAuthClient


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How an issuer is reached.

    `base_url` has no slash at its end. `requests_per_second` is what deskshift may take of the account's budget there;
    timeouts are seconds. `secret_arn` names the token that deskshift itself calls with, an administrator's; None where
    the issuer has no call that needs one.
    """

    base_url: str
    requests_per_second: float = 10.0
    connect_timeout: float = 3.0
    read_timeout: float = 30.0
    secret_arn: str | None = None


class PlatformIssues(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="platform"):
    """The account's own platform, reached as its connection says."""


class SupportIssues(Reach, frozen=True, kw_only=True, tag_field="kind", tag="zendesk_support"):
    """Zendesk Support; `base_url` is `https://{subdomain}.zendesk.com`, the token one with read and write.

    `starts` are clients with the page at which an agent begins to authorize them: no call shows it.
    """

    starts: tuple[tuple[str, str], ...] = ()


class ChatIssues(Reach, frozen=True, kw_only=True, tag_field="kind", tag="zendesk_chat"):
    """Zendesk Chat; `base_url` is as of Zendesk Support. What its pages leave open is missing until it was tried.

    `lists_every_agent`: an administrator's list of tokens shows those of the other agents, too. `revokes_one`: deleting
    a token leaves the others of the same grant in force.
    """

    subdomain: str
    lists_every_agent: bool = False
    revokes_one: bool = False


class HubSpotIssues(Reach, frozen=True, kw_only=True, tag_field="kind", tag="hubspot"):
    """HubSpot. `hub_id` is the account's number, `app_url` where its people sign in; no call lists its `apps`."""

    hub_id: int
    apps: tuple[OAuthClient, ...]
    app_url: str = "https://app.hubspot.com"


IssuedBy = PlatformIssues | SupportIssues | ChatIssues | HubSpotIssues
VendorIssues = SupportIssues | ChatIssues | HubSpotIssues
"""Those that are reached by themselves, and not as the account's platform."""
