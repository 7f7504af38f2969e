"""Load the policy data that ships with the layer."""

from functools import lru_cache
from importlib.resources import files

import msgspec

from deskshift.domain.billing.policy import BillingPolicy, parse_billing_policy
from deskshift.domain.policy import Policy, parse_policy
from deskshift.domain.tokens.policy import TokensPolicy, parse_tokens_policy
from deskshift.domain.usage import Prices


@lru_cache(maxsize=1)
def channel_move_policies() -> tuple[Policy, ...]:
    """Read and check every edition's file.

    Raises:
        PolicyInvalid: naming the file and what is wrong with it.
    """
    folder = files("deskshift.policies") / "channel_move"
    return tuple(parse_policy(file.name, file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json"))


@lru_cache(maxsize=1)
def billing_policies() -> tuple[BillingPolicy, ...]:
    """Read and check every edition's file of the billing merge.

    Raises:
        PolicyInvalid: naming the file and what is wrong with it.
    """
    folder = files("deskshift.policies") / "billing"
    return tuple(
        parse_billing_policy(file.name, file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")
    )


@lru_cache(maxsize=1)
def tokens_policies() -> tuple[TokensPolicy, ...]:
    """Read and check every edition's file of the reissue of tokens.

    Raises:
        PolicyInvalid: naming the file and what is wrong with it.
    """
    folder = files("deskshift.policies") / "tokens"
    return tuple(
        parse_tokens_policy(file.name, file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")
    )


@lru_cache(maxsize=1)
def prices() -> Prices:
    """Read the dated price list."""
    return msgspec.json.decode((files("deskshift.policies") / "prices.json").read_bytes(), type=Prices)
