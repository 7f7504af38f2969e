"""What is counted while a function runs, and its one EMF record at the end of the invocation (namespace deskshift).

No dimension but the service, which is the stack: a move or an account would be one for each customer, and the log
records name them.
"""

from contextvars import ContextVar
from enum import StrEnum

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


class Metric(StrEnum):
    """The metrics' names."""

    MOVES_BEGUN = "MovesBegun"
    MOVES_PAUSED = "MovesPaused"
    MOVES_DONE = "MovesDone"
    MOVES_REFUSED = "MovesRefused"
    MOVE_STALLED = "MoveStalled"
    MOVE_SECONDS = "MoveSeconds"
    MERGES_DONE = "MergesDone"
    MERGES_REFUSED = "MergesRefused"
    REISSUES_OPENED = "ReissuesOpened"
    REISSUES_ENDED = "ReissuesEnded"
    REMINDERS_SENT = "RemindersSent"
    REMINDERS_PUT_OFF = "RemindersPutOff"
    AUTHORIZATIONS_PUT_OFF = "AuthorizationsPutOff"
    GRANTS_NOT_WATCHED = "GrantsNotWatched"
    CONVERSATIONS_COPIED = "ConversationsCopied"
    CONVERSATIONS_QUARANTINED = "ConversationsQuarantined"
    CONVERSATIONS_RELEASED = "ConversationsReleased"
    COPIES_RECHECKED = "CopiesRechecked"
    COPY_DRIFTED = "CopyDrifted"
    VENDOR_CALLS = "VendorCalls"
    VENDOR_THROTTLES = "VendorThrottles"
    VENDOR_ERRORS = "VendorErrors"


_SECONDS = frozenset({Metric.MOVE_SECONDS})

# One for each invocation: Powertools' own store is one for the process, where a laptop runs several functions at once.
_counted: ContextVar[dict[Metric, float] | None] = ContextVar("counted", default=None)


def begin_counting() -> None:
    """Count from zero; what an invocation before this one left is forgotten."""
    _counted.set({})


def count(metric: Metric, number: float = 1) -> None:
    """Add to a metric of this invocation. A zero is written too: it ends an alarm."""
    counted = _counted.get()
    if counted is not None:
        counted[metric] = counted.get(metric, 0) + number


def publish() -> None:
    """Write what was counted, once; nothing is written where nothing was counted."""
    counted = _counted.get()
    _counted.set(None)
    if not counted:
        return
    metrics = EphemeralMetrics()
    for metric, number in counted.items():
        unit = MetricUnit.Seconds if metric in _SECONDS else MetricUnit.Count
        metrics.add_metric(name=metric.value, unit=unit, value=number)
    metrics.flush_metrics()


class CountedCalls:
    """Counts what the connector tells of its calls to a platform; fits `connectors.observer.CallsObserver`."""

    def called(self) -> None:
        """A call goes out, repeated ones too."""
        count(Metric.VENDOR_CALLS)

    def throttled(self) -> None:
        """The platform asked for patience (429)."""
        count(Metric.VENDOR_THROTTLES)

    def failed(self) -> None:
        """The platform did not answer, or with a status of 500 or more."""
        count(Metric.VENDOR_ERRORS)
