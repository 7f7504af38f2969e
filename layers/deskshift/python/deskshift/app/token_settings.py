"""The configuration of the functions that reissue tokens, read once from their environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deskshift.model.errors import MissingVariable


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

        def needed(name: str) -> str:
            value = environment.get(name)
            if not value:
                raise MissingVariable(name)
            return value

        return cls(
            grants_table=needed("GRANTS_TABLE"),
            custody_table=needed("CUSTODY_TABLE"),
            queue_url=needed("TOKENS_QUEUE_URL"),
            dead_letter_queue_url=needed("TOKENS_DEAD_LETTER_QUEUE_URL"),
            key_arn=needed("TOKENS_KEY_ARN"),
            link_secret_arn=needed("LINK_SECRET_ARN"),
        )
