"""An issuer, a client and its people as they truly are; deskshift sees the list alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from deskshift.domain.tokens.times import stamp
from deskshift.model.oauth import TokenInfo
from tests.support.reissues import NOW, token

Origin = Literal["old", "authorized", "too_much", "other_person", "exchanged"]
"""What a token truly is, with all that are made of it by refreshing. `exchanged`: deskshift's, not its client's yet."""


@dataclass
class Truth:
    """One token. `used`: its client has used it, or one that it came of."""

    info: TokenInfo
    origin: Origin
    used: bool = False
    listed: bool = True


@dataclass
class World:
    """`skew` is how far the issuer's clock is ahead of ours."""

    skew: timedelta
    now: datetime = NOW
    tokens: dict[str, Truth] = field(default_factory=dict)

    def there(self) -> datetime:
        """The issuer's time."""
        return self.now + self.skew

    def make(self, origin: Origin, at: datetime | None = None, **fields: object) -> Truth:
        """Make a token, of the invited agent if nothing else is said."""
        identity = f"t{len(self.tokens) + 1:03}"
        self.tokens[identity] = Truth(token(identity, at or self.there(), **fields), origin)
        return self.tokens[identity]

    def listing(self) -> list[TokenInfo]:
        """What the issuer shows."""
        return [one.info for one in self.tokens.values() if one.listed]

    def works(self, *origins: Origin) -> list[Truth]:
        """The tokens in force of these origins."""
        return [one for one in self.tokens.values() if one.origin in origins and self.in_force(one)]

    def in_force(self, one: Truth) -> bool:
        """Whether a token works now."""
        ends = one.info.expires_at
        return not one.info.revoked and (ends is None or datetime.fromisoformat(ends) > self.there())

    def use(self, one: Truth) -> None:
        """The client uses a token; no two uses are at the same instant."""
        at = self.there() + timedelta(milliseconds=1 + sum(other.used for other in self.tokens.values()))
        one.info, one.used = msgspec.structs.replace(one.info, last_used_at=stamp(at)), True

    def refresh(self, one: Truth, *, listed: bool) -> Truth:
        """The client refreshes a token: the one before ends, and is listed as revoked or not at all."""
        one.info, one.listed = msgspec.structs.replace(one.info, revoked=True), listed
        made = self.make(one.origin, scopes=one.info.scopes)
        made.used = True
        return made

    def revoke(self, identity: str) -> bool:
        """Revoke by id; False if it is not known any more."""
        one = self.tokens[identity]
        known = not one.info.revoked
        one.info = msgspec.structs.replace(one.info, revoked=True)
        return known
