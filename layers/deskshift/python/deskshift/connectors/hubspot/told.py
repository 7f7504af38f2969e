"""What an operator says of a HubSpot account: its OAuth API lists nothing."""

import msgspec

from deskshift.model.oauth import OAuthClient

AUTHORIZE = "https://app.hubspot.com/oauth/authorize"


class HubSpotTold(msgspec.Struct, frozen=True, kw_only=True):
    """An account and its apps.

    `hub_id` is the account's number. `authorize_url` is another one for accounts that HubSpot keeps elsewhere.
    """

    hub_id: int
    apps: tuple[OAuthClient, ...]
    authorize_url: str = AUTHORIZE
