"""Watch a move on the local stack until it ends, or until it is clear that it never will."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from deskshift.model.errors import DeskshiftError, UnknownMove
from infra.cli.errors import InputRefused, RunFailed
from infra.cli.words import printable
from infra.local.stack.errors import FunctionFailed, NotFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.stack import LocalStack

ENDED = frozenset({"done", "refused", "cancelled", "dry_run", "paused"})
LOOK_EVERY_SECONDS = 0.15
DIED_AFTER_SECONDS = 10.0
"""How long the rule on failed executions has to find a move whose machine died."""
STALLED_AFTER_SECONDS = 300.0
TIDY_SECONDS = 60.0
_QUEUE, _DEAD_LETTERS, _MACHINE = "ChannelMovesQueue", "ChannelMovesDeadLetterQueue", "ChannelMoveMachine"


class MoveWatch:
    """Waits for one move, the only one on its stack. `last_shown` is the last that show_move answered, if it did."""

    def __init__(self, stack: LocalStack, account_id: str, move_id: str) -> None:
        self._stack = stack
        self._ids = {"account_id": account_id, "move_id": move_id}
        self.last_shown: dict[str, Any] | None = None
        self._last: object = None
        self._moved_at = time.monotonic()
        self._alive_at = time.monotonic()

    def until_end(self, tell: Callable[[Mapping[str, Any]], None]) -> str:
        """Wait for the move's end; returns its status.

        Args:
            tell: is given what show_move answers, each time.

        Raises:
            InputRefused: the request was put aside as never valid.
            RunFailed: the request was not taken, the machine died unnoticed, or nothing moves any more.
        """
        while True:
            shown = self._show()
            if shown is not None:
                self.last_shown = shown
                tell(shown)
                if shown["status"] in ENDED:
                    self._tidy()
                    return str(shown["status"])
            self._check_dead_letters()
            self._check_machine(shown)
            self._check_stall(shown)
            time.sleep(LOOK_EVERY_SECONDS)

    def _show(self) -> dict[str, Any] | None:
        try:
            shown: dict[str, Any] = self._stack.invoke("show_move", self._ids)
        except FunctionFailed as error:
            if error.error_type == UnknownMove.__name__:
                return None  # its message has not been dealt with
            raise
        return shown

    def _tidy(self) -> None:
        """Let the machine and the functions finish what follows the last change of status, the report above all."""
        try:
            self._stack.drain(TIDY_SECONDS)
        except NotFinished as error:
            raise RunFailed("not_finished", str(error), "See --verbose for what the functions say.") from error

    def _check_dead_letters(self) -> None:
        for message in self._stack.queue_messages(_DEAD_LETTERS):
            code = message.attributes.get("error_code")
            if code is None:
                raise RunFailed(
                    "request_failed",
                    f"the request could not be handled in {message.receive_count} attempts: {self._last_crash()}",
                    "See --verbose for what the function says.",
                )
            known = {error.code: error.what_to_do for error in DeskshiftError.__subclasses__()}
            what_to_do = known.get(code, "Correct the request and send it again.")
            raise InputRefused(code, message.attributes.get("reason", "no reason was given"), what_to_do)

    def _check_machine(self, shown: dict[str, Any] | None) -> None:
        ends = {self._stack.execution(arn)["status"] for arn in self._stack.executions(_MACHINE)}
        if shown is None or not ends or "RUNNING" in ends:
            self._alive_at = time.monotonic()
        elif time.monotonic() - self._alive_at > DIED_AFTER_SECONDS:
            raise RunFailed(
                "execution_died",
                f"the machine ended as {', '.join(sorted(ends))}, and the move is {shown['status']} still, "
                f"in phase {shown['progress']['phase']}; {self._last_crash()}",
                "See --verbose for what the functions say.",
            )

    def _check_stall(self, shown: dict[str, Any] | None) -> None:
        invoked = self._stack.invocations
        now = (
            None if shown is None else (shown["status"], shown["progress"]["phase"], shown["progress"]["done"]),
            {name: count for name, count in invoked.items() if name != "show_move"},
        )
        if now != self._last:
            self._last, self._moved_at = now, time.monotonic()
        elif time.monotonic() - self._moved_at > STALLED_AFTER_SECONDS:
            where = "its message waits" if shown is None else f"it is in phase {shown['progress']['phase']}"
            raise RunFailed(
                "stalled",
                f"nothing has moved for {STALLED_AFTER_SECONDS:.0f} s: {where}; {self._last_crash()}",
                "See --verbose for what the functions say.",
            )

    def _last_crash(self) -> str:
        crashes = self._stack.crashes
        if not crashes:
            return "no function failed"
        last = crashes[-1]
        return printable(f"{last.function} failed with {last.error_type}: {last.error_message}")
