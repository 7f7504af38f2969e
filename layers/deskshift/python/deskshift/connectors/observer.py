"""What a client of a platform tells whoever watches it: the tier above counts, this one knows no metrics."""

from typing import Protocol


class CallsObserver(Protocol):
    """Hears of each call to a platform while it is made; must not fail."""

    def called(self) -> None:
        """A call goes out, repeated ones too."""
        ...

    def throttled(self) -> None:
        """The platform asked for patience (429)."""
        ...

    def failed(self) -> None:
        """The platform did not answer, or with a status of 500 or more."""
        ...


class Unobserved:
    """Nobody watches."""

    def called(self) -> None:
        """Nothing."""

    def throttled(self) -> None:
        """Nothing."""

    def failed(self) -> None:
        """Nothing."""
