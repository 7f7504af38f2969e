"""The table of what deskshift holds while it is the client itself; everything in it is over within an hour.

DynamoDB's TTL only cleans up, and later than expiry: until then who comes late is told why.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

_KEEP = timedelta(days=1)


class Held(Model):
    """An item. `lock` makes a late writer lose (`writer` as in `activity.Record`), `claim` names who has used it.

    `sealed` is a ciphertext that goes as soon as it is claimed.
    """

    key = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()
    lock = NumberAttribute(null=True)
    writer = UnicodeAttribute(null=True)
    claim = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    body = UnicodeAttribute()


def cleaned_up_at(expires_at: str) -> int:
    """Give when DynamoDB may delete what expires at an instant (RFC 3339), in seconds since 1970."""
    return int((datetime.fromisoformat(expires_at) + _KEEP).timestamp())
