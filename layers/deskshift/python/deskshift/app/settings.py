"""The configuration of a function, read once from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from deskshift.app.environment import needed
from deskshift.model.errors import InvalidField, MissingVariable


@dataclass(frozen=True)
class Settings:
    """What infra/template.yaml gives every function; `channel_move_arn` only where it is needed."""

    region: str
    moves_table: str
    work_table: str
    id_map_table: str
    connections_table: str
    deliveries_table: str
    merges_table: str
    bucket: str
    moves_dead_letter_queue_url: str
    merges_dead_letter_queue_url: str
    changes_queue_url: str
    changes_dead_letter_queue_url: str
    import_concurrency: int
    machine_arn: str | None

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment.

        Raises:
            MissingVariable: naming the variable.
            InvalidField: IMPORT_CONCURRENCY is no positive number.
        """
        concurrency = needed(environment, "IMPORT_CONCURRENCY")
        if not concurrency.isdecimal() or int(concurrency) < 1:
            raise InvalidField("IMPORT_CONCURRENCY", repr(concurrency), "a whole number from 1 on")
        return cls(
            region=needed(environment, "AWS_REGION"),
            moves_table=needed(environment, "MOVES_TABLE"),
            work_table=needed(environment, "WORK_TABLE"),
            id_map_table=needed(environment, "ID_MAP_TABLE"),
            connections_table=needed(environment, "CONNECTIONS_TABLE"),
            deliveries_table=needed(environment, "DELIVERIES_TABLE"),
            merges_table=needed(environment, "MERGES_TABLE"),
            bucket=needed(environment, "BUCKET"),
            moves_dead_letter_queue_url=needed(environment, "MOVES_DEAD_LETTER_QUEUE_URL"),
            merges_dead_letter_queue_url=needed(environment, "MERGES_DEAD_LETTER_QUEUE_URL"),
            changes_queue_url=needed(environment, "CHANGES_QUEUE_URL"),
            changes_dead_letter_queue_url=needed(environment, "CHANGES_DEAD_LETTER_QUEUE_URL"),
            import_concurrency=int(concurrency),
            machine_arn=environment.get("CHANNEL_MOVE_ARN"),
        )

    @property
    def channel_move_arn(self) -> str:
        """The channel-move machine's ARN.

        Raises:
            MissingVariable: this function is not given it.
        """
        if self.machine_arn is None:
            raise MissingVariable("CHANNEL_MOVE_ARN")
        return self.machine_arn
