"""The ids of a move and of its executions."""

import hashlib
import re

_READABLE = 40
_HASH = 20


def move_id(account_id: str, channel_id: str, request_id: str) -> str:
    """Make the id of a move: the same request always gives the same id, so that a redelivered message is no new move.

    At most 64 characters of `[a-z0-9-]`: the channel's name for people, then a digest of all three parts.
    """
    digest = hashlib.sha256(f"{account_id}\0{channel_id}\0{request_id}".encode()).hexdigest()[:_HASH]
    readable = re.sub(r"[^a-z0-9]+", "-", channel_id.lower()).strip("-")[:_READABLE].strip("-")
    return f"{readable}-{digest}" if readable else digest


def execution_name(move: str, attempt: int) -> str:
    """Name an execution. A closed execution's name cannot be used again for 90 days, hence the attempt."""
    return f"{move}-{attempt}"
