"""Records of an account, of which those that somebody still has to look at are found in an index over all accounts."""

import secrets

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model


class Activity(GlobalSecondaryIndex["Record"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """The index; sparse, for what is over loses the attribute.

    It has the keys alone: with the body in it, every step would be written twice.
    """

    class Meta:
        """Its name in the table, and what it has."""

        index_name = "activity"
        projection = KeysOnlyProjection()

    activity = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)


class Record(Model):
    """An item; `lock` makes a late writer lose, `body` is the value as JSON.

    `writer` is another one for each write. The client writes again by itself if an answer was lost, and meets its own
    write: by this it is told from somebody else's, even if both have written the very same at the very same instant.
    """

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    activity = UnicodeAttribute(null=True)
    lock = NumberAttribute()
    writer = UnicodeAttribute()
    body = UnicodeAttribute()
    by_activity = Activity()


def new_writer() -> str:
    """Name a write."""
    return secrets.token_hex(8)
