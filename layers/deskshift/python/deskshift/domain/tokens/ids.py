"""The ids of grants, of their reissues, and of batches."""

import hashlib

_HASH = 20


def grant_key(account_id: str, client_id: str, agent_id: str | None) -> str:
    """Make the key of a grant: the same account, client and agent always have the same.

    An agent whose id is empty is no agent, and so differs from the client itself.
    """
    who = "client" if agent_id is None else f"agent\0{agent_id}"
    digest = hashlib.sha256(f"{account_id}\0{client_id}\0{who}".encode()).hexdigest()
    return digest[:_HASH]


def reissue_id(account_id: str, client_id: str, agent_id: str | None, round_: int = 1) -> str:
    """Make the id of a grant's reissue; one that is opened after the end of another has a number."""
    base = f"reissue-{grant_key(account_id, client_id, agent_id)}"
    return base if round_ == 1 else f"{base}-{round_}"


def batch_id(account_id: str, request_id: str) -> str:
    """Make the id of a request for all grants: a redelivered one is no new batch."""
    digest = hashlib.sha256(f"{account_id}\0{request_id}".encode()).hexdigest()
    return f"batch-{digest[:_HASH]}"
