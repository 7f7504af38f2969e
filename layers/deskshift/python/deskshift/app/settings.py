"""The configuration of a function, read once from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

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

        def needed(name: str) -> str:
            value = environment.get(name)
            if not value:
                raise MissingVariable(name)
            return value

        concurrency = needed("IMPORT_CONCURRENCY")
        if not concurrency.isdecimal() or int(concurrency) < 1:
            raise InvalidField("IMPORT_CONCURRENCY", repr(concurrency), "a whole number from 1 on")
        return cls(
            region=needed("AWS_REGION"),
            moves_table=needed("MOVES_TABLE"),
            work_table=needed("WORK_TABLE"),
            id_map_table=needed("ID_MAP_TABLE"),
            connections_table=needed("CONNECTIONS_TABLE"),
            deliveries_table=needed("DELIVERIES_TABLE"),
            merges_table=needed("MERGES_TABLE"),
            bucket=needed("BUCKET"),
            moves_dead_letter_queue_url=needed("MOVES_DEAD_LETTER_QUEUE_URL"),
            merges_dead_letter_queue_url=needed("MERGES_DEAD_LETTER_QUEUE_URL"),
            changes_queue_url=needed("CHANGES_QUEUE_URL"),
            changes_dead_letter_queue_url=needed("CHANGES_DEAD_LETTER_QUEUE_URL"),
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
