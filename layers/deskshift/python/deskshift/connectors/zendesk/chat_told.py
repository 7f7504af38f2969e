"""What an operator says of a Zendesk Chat account."""

import msgspec


class ChatTold(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and what its vendor's pages leave open; until it was tried on the account, it is taken for missing.

    `base_url` is `https://{subdomain}.zendesk.com`. `lists_every_agent`: an administrator's list of tokens shows those
    of the other agents too; the pages say "all tokens under an agent". `revokes_one`: deleting a token leaves the
    others of the same grant in force.
    """

    base_url: str
    subdomain: str
    lists_every_agent: bool = False
    revokes_one: bool = False
