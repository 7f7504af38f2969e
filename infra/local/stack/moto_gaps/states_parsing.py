"""moto parses a machine's whole definition again for each execution, which takes longer than a short execution itself.

A parsed definition holds no state of an execution: moto's own map shares one among its workers. So it is kept.
Also moto writes the text of whole states, with data, to the log whenever a state fails: slow, and not for a log.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Keep parsed definitions, and keep moto quiet."""
    parse, parsing = lru_cache(maxsize=32)(AmazonStateLanguageParser.parse), threading.Lock()

    def parse_once(definition: str) -> Any:  # noqa: ANN401 - moto's return type has no name
        with parsing:
            return parse(definition)

    def log_nothing(component: EvalComponent, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - moto's signature
        del component, args, kwargs

    logger = logging.getLogger("moto")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            patch.object(AmazonStateLanguageParser, "parse", staticmethod(parse_once)),
            patch.object(EvalComponent, "_log_failure_event_exception", log_nothing),
            patch.object(EvalComponent, "_log_exception", log_nothing),
        ):
            yield
    finally:
        logger.setLevel(level)
