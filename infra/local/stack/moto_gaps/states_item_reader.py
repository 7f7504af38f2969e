"""A manifest that cannot be read fails the map with `States.ItemReaderFailed`; in moto with `States.Runtime`.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING
from unittest.mock import patch

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl import ItemReader

from infra.local.stack.moto_gaps.states_failure import state_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment

ERROR = StatesErrorNameType.StatesItemReaderFailed


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Name the failure as Step Functions does."""
    evaluate = ItemReader._eval_body  # noqa: SLF001 - patched here

    def eval_body(reader: ItemReader, env: Environment) -> None:
        try:
            evaluate(reader, env)
        except (ClientError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise state_failure(env, ERROR, str(error)) from error

    with patch.object(ItemReader, "_eval_body", eval_body):
        yield
