"""What an operator says of a HubSpot account: its OAuth API lists nothing."""

import msgspec

from deskshift.model.oauth import OAuthClient


class HubSpotTold(msgspec.Struct, frozen=True, kw_only=True):
    """An account and its apps.

    `hub_id` is the account's number. `app_url` is where its people sign in.
    """

    hub_id: int
    apps: tuple[OAuthClient, ...]
    app_url: str = "https://app.hubspot.com"
