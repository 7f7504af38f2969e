"""What a look at many passes over: each is counted and logged, and none keeps the others waiting."""

from collections.abc import Callable, Mapping

from deskshift.model.errors import DeskshiftError


class PassedOver:
    """Those that one run has passed over.

    Args:
        log: writes a record of each, with what is given to it.
    """

    def __init__(self, log: Callable[[Mapping[str, object]], None]) -> None:
        self.number = 0
        self._log = log
        self._unnamed: Exception | None = None

    def note(self, error: Exception, number: int = 1, **whose: str) -> None:
        """Count and log so many; of an error that is not ours the class alone, for its words may hold anything."""
        self.number += number
        code = error.code if isinstance(error, DeskshiftError) else type(error).__name__
        self._log({**whose, "error_code": code})
        if self._unnamed is None and not isinstance(error, DeskshiftError):
            self._unnamed = error

    def end(self) -> int:
        """Give how many there were, once all others were looked at; the first error that is not ours is raised."""
        if self._unnamed is not None:
            raise self._unnamed
        return self.number
