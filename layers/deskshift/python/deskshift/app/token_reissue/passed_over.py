"""What a look at many passes over: each is counted and logged, and none keeps the others waiting."""

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.model.errors import DeskshiftError


class PassedOver:
    """Those that one run has passed over.

    Args:
        event: what is logged of each.
    """

    def __init__(self, event: Event) -> None:
        self.number = 0
        self._event = event
        self._unnamed: Exception | None = None

    def note(self, error: Exception, number: int = 1, **whose: str) -> None:
        """Count and log so many; of an error that is not ours the class alone, for its words may hold anything."""
        self.number += number
        code = error.code if isinstance(error, DeskshiftError) else type(error).__name__
        logger.warning(self._event, extra={**whose, "error_code": code})
        if self._unnamed is None and not isinstance(error, DeskshiftError):
            self._unnamed = error

    def end(self) -> int:
        """Give how many there were, once all others were looked at; the first error that is not ours is raised."""
        if self._unnamed is not None:
            raise self._unnamed
        return self.number
