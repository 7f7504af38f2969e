"""The configuration of the functions that reissue tokens, read once from their environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deskshift.app.environment import needed


@dataclass(frozen=True)
class TokenSettings:
    """What infra/template.yaml gives every function for the reissue of tokens."""

    grants_table: str
    custody_table: str
    queue_url: str
    dead_letter_queue_url: str
    key_arn: str
    link_secret_arn: str

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "TokenSettings":
        """Read the environment.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            grants_table=needed(environment, "GRANTS_TABLE"),
            custody_table=needed(environment, "CUSTODY_TABLE"),
            queue_url=needed(environment, "TOKENS_QUEUE_URL"),
            dead_letter_queue_url=needed(environment, "TOKENS_DEAD_LETTER_QUEUE_URL"),
            key_arn=needed(environment, "TOKENS_KEY_ARN"),
            link_secret_arn=needed(environment, "LINK_SECRET_ARN"),
        )
