"""What is around every invocation: an id for its records, its failure logged, its metrics written once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.metrics import begin_counting, publish
from deskshift.model.errors import DeskshiftError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

T = TypeVar("T")


def observed(handler: "Callable[[object, LambdaContext], T]") -> "Callable[[object, LambdaContext], T]":
    """Observe a handler. Its records bear the invocation's id until the handler knows which move it works on."""

    @wraps(handler)
    def invoked(event: object, context: "LambdaContext") -> T:
        working_on(context.aws_request_id)
        begin_counting()
        try:
            with failure_logged():
                return handler(event, context)
        finally:
            publish()

    return invoked


@contextmanager
def failure_logged() -> Iterator[None]:
    """Log an error that goes through with its code, under the id of what was worked on; it is raised all the same.

    Lambda's own record of it bears no such id. The error's text is left out: it may be AWS's or a library's.
    """
    try:
        yield
    except Exception as error:
        code = error.code if isinstance(error, DeskshiftError) else "unexpected"
        logger.warning(Event.FUNCTION_FAILED, extra={"error_code": code, "error_type": type(error).__name__})
        raise
