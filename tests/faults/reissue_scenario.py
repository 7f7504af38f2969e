"""The reissue of one grant's token as a run that can be disturbed: the agent, the integration and the clock go on."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from deskshift.model.reissue import Reissue
from infra.local.sandbox.client import SandboxError
from infra.local.stack.errors import FunctionFailed
from tests.faults.end_state import End
from tests.faults.ground import Clock, send_request
from tests.faults.scenarios import ACCOUNT, EXIT, LOST, Event
from tests.support.moves import Account, Json
from tests.support.reissuing import COMMIT_WINDOW, CRM, DEAD_LETTERS, DIALER, QUEUE, Reissuing, export

AGENT = "bob"
LOST_FOR_SURE = timedelta(minutes=6)
AGAIN = frozenset({EXIT, *LOST, "LateWriter", "TransactWriteError", "KeyServiceUnavailable"})
"""What a function ends with that was killed, or whose answer was lost; whoever asked for it asks again."""


@dataclass(frozen=True)
class ReissueScenario:
    """One grant, until its old token is retired."""

    name: str
    client_id: str
    looks: int = 0
    ones: list[Reissuing] = field(default_factory=list, compare=False, repr=False)

    def export(self) -> Json:
        """Make an account with a client for each route."""
        return export(ACCOUNT)

    def options(self) -> dict[str, Any]:
        """Leave the sandbox as it is."""
        return {}

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Let nothing else happen."""
        return {}

    def ids(self) -> Json:
        """Name the grant."""
        return self.one.body(self.client_id, AGENT)

    @property
    def one(self) -> Reissuing:
        """Give the reissue of the present run."""
        return self.ones[-1]

    def begin(self, account: Account) -> None:
        """Connect the issuer and ask."""
        for before in self.ones:
            before.close()
        self.ones[:] = [Reissuing(account)]
        send_request(account, self.ids(), QUEUE)

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Let the one act whose turn it is; what was killed or lost is done again."""
        rounds = self.one.rounds(self.client_id, AGENT)
        if not rounds:
            send_request(account, self.ids(), QUEUE)
            return True
        reissue = rounds[-1]
        if not reissue.is_open:
            return False
        with suppress(SandboxError):
            self._act(account, reissue, clock)
        return True

    def _act(self, account: Account, reissue: Reissue, clock: Clock) -> None:
        if reissue.becomes is not None:
            self._invoke("watch_grants")
        elif reissue.exchange_at is not None:
            self._later(clock, LOST_FOR_SURE)
            self._invoke("watch_grants")
        elif reissue.invitations_sent < reissue.invitations:
            self._invoke("remind_pending")
        elif reissue.status == "invited" and self._new() and self.client_id == CRM:
            self._invoke("watch_grants")
        elif reissue.status == "invited":
            self.one.follow(AGENT)
        elif reissue.status == "verified" and self.client_id == DIALER:
            self._collect(clock, reissue)
        else:
            self._end(account, clock)

    def _collect(self, clock: Clock, reissue: Reissue) -> None:
        """Come for the token; after its time nobody comes any more, and it is revoked."""
        got = self.one.collect(reissue_id=reissue.reissue_id)
        if got.status == 200:
            self.one.keep(got.json)
            self.one.collect(reissue_id=reissue.reissue_id, acknowledge="true")
        elif "error" in got.json and got.json["error"] in {"not_verified", "nothing_to_collect", "collection_over"}:
            self._later(clock, timedelta(minutes=16))
            self._invoke("watch_grants")

    def _end(self, account: Account, clock: Clock) -> None:
        """The client has had the token for days, and has refreshed it."""
        if clock.ahead < COMMIT_WINDOW:
            self._later(clock, COMMIT_WINDOW)
        with suppress(SandboxError):
            account.sandbox.integrate(ACCOUNT, self.client_id, "refresh", agent_id=AGENT)
        self._invoke("watch_grants")
        self._invoke("retire_tokens")

    def _later(self, clock: Clock, span: timedelta) -> None:
        """Let functions and issuer work so much later."""
        clock.ahead += span
        self.one.sandbox.set_options(ACCOUNT, issuer_ahead_seconds=clock.ahead.total_seconds())

    def _invoke(self, function: str) -> None:
        try:
            self.one.stack.invoke(function, {})
        except FunctionFailed as failed:
            if failed.error_type not in AGAIN:
                raise

    def _new(self) -> bool:
        tokens = self.one.tokens(self.client_id, AGENT).values()
        return any(not token["id"].startswith("old-") and not token["revoked"] for token in tokens)

    def end(self, account: Account, folder: Path) -> End:
        """See that one new token is in force, that it is the client's, and that the old one is retired."""
        del folder
        reissue = self.one.of(self.client_id, AGENT)
        tokens = self.one.tokens(self.client_id, AGENT)
        in_force = [name for name, token in tokens.items() if not token["revoked"]]
        others = {name for name in self.one.in_force() if name.startswith("old-")}
        found = [f"messages left in {queue}" for queue in (QUEUE, DEAD_LETTERS) if account.stack.queue_messages(queue)]
        if in_force != [reissue.successor]:
            found.append(f"in force are {in_force}, the successor is {reissue.successor}")
        if account.sandbox.integrate(ACCOUNT, self.client_id, "use", agent_id=AGENT)["token_id"] != reissue.successor:
            found.append("the client holds another token")
        ids = [letter["id"] for letter in self.one.letters(AGENT)]
        if len(ids) != reissue.invitations:
            found.append(f"{len(ids)} letters for {reissue.invitations} invitations: {ids}")
        state = {
            "status": reissue.status,
            "old_token": reissue.old_token,
            "rounds": len(self.one.rounds(self.client_id, AGENT)),
            "others": sorted(others),
        }
        return End(tuple(found), state)


DIRECT = ReissueScenario("direct reissue", CRM)
BROKERED = ReissueScenario("brokered reissue", DIALER)
