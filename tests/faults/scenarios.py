"""What runs do: a request, what happens on the platform meanwhile, and what an operator does until all is well."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from deskshift.domain.move_ids import move_id
from infra.local.stack.errors import FunctionFailed
from tests.faults.end_state import End, end_of
from tests.faults.ground import Clock, send_request
from tests.support import exports
from tests.support.moves import Account, Json

ACCOUNT = "faults"
MOVE = move_id(ACCOUNT, "chat", "request-1")
EXIT = "Runtime.ExitError"
LOST = frozenset({"PutError", "UpdateError", "DeleteError", "ReadTimeoutError", "VendorUnavailable"})
"""What a function ends with if the answer to one of its calls was lost; whoever asked for it asks again."""
"""How Lambda reports that a function's process was killed."""
WATCH_LATER = timedelta(minutes=5)
Event = tuple[str, dict[str, object]]


class Scenario(Protocol):
    """One thing that is asked for, for which everything else here works: killing, schedules, comparing."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def looks(self) -> int:
        """How often an operator has something to do in a run that nothing disturbs."""

    def export(self) -> Json:
        """Make the account as it is before, always the same."""

    def options(self) -> dict[str, Any]:
        """Give the sandbox's options for it."""

    def begin(self, account: Account) -> None:
        """Ask for it."""

    def ids(self) -> Json:
        """Name what was asked for, as operators do."""

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Say what people do on the platform right before a function's first changing call."""

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Do what an operator would, after everything has come to rest; False if there is nothing left to do."""

    def end(self, account: Account, folder: Path) -> End:
        """Look at what is there in the end."""


@dataclass(frozen=True)
class MoveScenario:
    """Move the chat channel of a small account that has one of each."""

    name: str
    history: str = "all"
    refused: str | None = None
    mute: bool = True
    living: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)

    @property
    def looks(self) -> int:
        """Count the retry of what was set aside; everything else goes by itself."""
        return 0 if self.refused is None else 1

    def export(self) -> Json:
        """Make an account of one conversation of each kind, and one beside the channel."""
        file = exports.attachment("file", b"\x89bytes\x00" * 50)
        with_file = [exports.message("filed-m0", attachments=[file]), exports.message("filed-m1")]
        conversations = [
            exports.conversation("open", "chat", status="open", owner_id="with-access"),
            exports.conversation("archived-open", "chat", status="open", archived=True, owner_id="without-access"),
            exports.conversation("ticketed", "chat", ticket_id="t-ticketed"),
            exports.conversation("filed", "chat", messages=with_file),
            exports.conversation("closed", "chat"),
            exports.conversation("archived", "chat", archived=True, messages=[]),
            exports.conversation("of-mail", "mail"),
        ]
        return exports.export(
            ACCOUNT,
            channels=[exports.channel("chat"), exports.channel("mail", "email")],
            conversations=conversations,
            tickets=[exports.ticket("t-ticketed", "ticketed", owner_id="without-access")],
        )

    def options(self) -> dict[str, Any]:
        """Let the source hide nothing from its listings."""
        return {"listing_lag_ms": 0}

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Give what this scenario was made with."""
        return self.living

    def ids(self) -> Json:
        """Name account and move."""
        return {"account_id": ACCOUNT, "move_id": MOVE}

    def begin(self, account: Account) -> None:
        """Send the queue message."""
        if self.refused is not None:
            account.sandbox.faults(account.id, f"refuse={self.refused}")
        send_request(account, self.request())

    def request(self) -> Json:
        """Make the message's body."""
        body = {"request_id": "request-1", "account_id": ACCOUNT, "channel_id": "chat", "requested_by": "admin"}
        return {**body, "history": self.history, "mute": self.mute}

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Resume what is paused, let the watch look where nothing goes on, then retry what was set aside."""
        status = account.status(MOVE)
        ids = self.ids()
        if status == "paused":
            return operate(account, "resume_move", ids)
        if status == "cancelled":
            return False
        if status != "done":
            clock.ahead += WATCH_LATER
            return operate(account, "watch_moves", {})
        if self.refused is None:
            return False
        account.sandbox.faults(account.id, "")
        report = account.show(MOVE)["report"]
        left = [one["conversation_id"] for one in report["quarantined"]]
        return bool(left) and operate(account, "retry_conversations", {**ids, "conversation_ids": left})

    def end(self, account: Account, folder: Path) -> End:
        """Compare the platform with the export and what happened since, and look for what deskshift left behind."""
        end = end_of(account, MOVE, self.export(), self.history, folder)
        if self.history == "all" or account.status(MOVE) != "done":
            return end
        # H-21: a reply to what stays in the inbox is in the report, whenever it came after the capture was opened.
        wanted = {f["conversation_id"] for events in self.living.values() for kind, f in events if kind == "message"}
        unheard = sorted(map(str, wanted - set(end.state["report"]["late_replies"])))
        return replace(end, problems=(*end.problems, f"late replies to {unheard} are not reported")) if unheard else end


def operate(account: Account, function: str, event: Json) -> bool:
    """Invoke a function as an operator; whatever becomes of it, there is to be looked again."""
    try:
        account.stack.invoke(function, event)
    except FunctionFailed as failed:
        if failed.error_type not in {EXIT, "TransitionRefused", *LOST}:
            raise
    return True


QUIET = MoveScenario("all")
LIVELY = MoveScenario(
    "lively",
    living={
        "open_capture": (("message", {"conversation_id": "closed", "text": "before the switch"}),),
        "switch_channel": (("new_conversation", {"channel_id": "chat", "text": "born in the inbox"}),),
        "list_conversations": (("change", {"conversation_id": "open", "change": {"status": "closed"}}),),
        "import_part": (
            ("message", {"conversation_id": "filed", "text": "while it is copied"}),
            ("new_conversation", {"channel_id": "chat", "text": "born in the help desk"}),
        ),
        "catch_up": (("delete", {"conversation_id": "archived"}),),
        "verify_conversations": (("message", {"conversation_id": "open", "text": "verified and changed"}),),
        "release_conversations": (("message", {"conversation_id": "closed", "text": "released and changed"}),),
        "finish_move": (("message", {"conversation_id": "ticketed", "text": "in the help desk"}),),
    },
)
WITHOUT_HISTORY = MoveScenario(
    "none",
    history="none",
    living={
        "switch_channel": (("message", {"conversation_id": "open", "text": "before the switch"}),),
        "finish_move": (("message", {"conversation_id": "closed", "text": "late"}),),
    },
)
SET_ASIDE = MoveScenario("set aside", refused="closed", mute=False)
ALL = (QUIET, LIVELY, WITHOUT_HISTORY, SET_ASIDE)
