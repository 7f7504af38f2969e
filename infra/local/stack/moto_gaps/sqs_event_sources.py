"""Lambda polls a queue in batches and honours partial failures; moto invokes the function inside `send_message`.

Here a mapping is created but not hung on its queue; polling.py does what Lambda does.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.sqs.models import sqs_backends

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Keep moto from invoking functions when a message is sent."""
    create = LambdaBackend.create_event_source_mapping

    def create_event_source_mapping(backend: LambdaBackend, spec: dict[str, Any]) -> EventSourceMapping:
        mapping = create(backend, spec)
        for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
            queue.lambda_event_source_mappings.pop(mapping.function_arn, None)
        return mapping

    with patch.object(LambdaBackend, "create_event_source_mapping", create_event_source_mapping):
        yield
