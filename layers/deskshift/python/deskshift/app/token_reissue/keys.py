"""Where the files of a reissue are in the bucket; no token and no code is in any of them.

The bucket deletes them after 400 days: the report needs them as long as a reissue may last, which is a year and the
commit window.
"""


def found_key(account_id: str, batch_id: str) -> str:
    """Name what the inventory of a request for all grants found."""
    return f"tokens/{account_id}/{batch_id}/found.json"


def known_key(account_id: str, batch_id: str) -> str:
    """Name the account and the clients that it found, without people: each invitation reads it."""
    return f"tokens/{account_id}/{batch_id}/known.json"


def digests_key(account_id: str, batch_id: str) -> str:
    """Name the digests that an inventory has read so far: one that was stopped by the clock goes on from them."""
    return f"tokens/{account_id}/{batch_id}/digests.json"
