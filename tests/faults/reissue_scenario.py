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
    """One grant, until its old token is retired; `whole`: it is the only one, and all of the account are asked for.

    `back`: the account is rolled back instead, once there is a new token.
    """

    name: str
    client_id: str
    whole: bool = False
    back: bool = False
    looks: int = 0
    ones: list[Reissuing] = field(default_factory=list, compare=False, repr=False)

    def export(self) -> Json:
        """Make an account with a client for each route, or with one client and its grant."""
        made = export(ACCOUNT)
        if self.whole:
            oauth = made["oauth"]
            oauth["clients"] = [one for one in oauth["clients"] if one["id"] == self.client_id]
            mine = {"client_id": self.client_id, "agent_id": AGENT}
            oauth["grants"] = [one for one in oauth["grants"] if mine.items() <= one.items()]
        return made

    def options(self) -> dict[str, Any]:
        """Leave the sandbox as it is."""
        return {}

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Let nothing else happen."""
        return {}

    def ids(self) -> Json:
        """Name the grant, or ask for all."""
        return self.one.body() if self.whole else self.one.body(self.client_id, AGENT)

    @property
    def one(self) -> Reissuing:
        """Give the reissue of the present run."""
        return self.ones[-1]

    def begin(self, account: Account) -> None:
        """Connect the issuer and ask."""
        for before in self.ones:
            before.close()
        self.ones[:] = [Reissuing(account, entrusted=not self.whole)]
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
        elif reissue.status == "verified" and self.client_id == DIALER and not self.back:
            self._collect(clock, reissue)
        elif reissue.status == "collected" and not self._has_one(account):
            self._collect(clock, reissue)  # it was on its way when the function died
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

    def _has_one(self, account: Account) -> bool:
        try:
            account.sandbox.integrate(ACCOUNT, self.client_id, "use", agent_id=AGENT)
        except SandboxError as refused:
            return bool(refused.error["code"] != "no_token")
        return True

    def _end(self, account: Account, clock: Clock) -> None:
        """The client has had the token for days, and has refreshed it; or all goes back."""
        if self.back:
            order = {"request_id": "back", "account_id": ACCOUNT, "operator": "olga", "action": "roll_back"}
            self._invoke("operate_tokens", order)
            return
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

    def _invoke(self, function: str, event: Json | None = None) -> None:
        try:
            self.one.stack.invoke(function, event or {})
        except FunctionFailed as failed:
            if failed.error_type not in AGAIN:
                raise

    def _new(self) -> bool:
        tokens = self.one.tokens(self.client_id, AGENT).values()
        return any(not token["id"].startswith("old-") and not token["revoked"] for token in tokens)

    def _used(self, account: Account) -> str:
        return str(account.sandbox.integrate(ACCOUNT, self.client_id, "use", agent_id=AGENT)["token_id"])

    def end(self, account: Account, folder: Path) -> End:
        """See that one new token is in force, that it is the client's, and that the old one is retired."""
        del folder
        reissue = self.one.of(self.client_id, AGENT)
        tokens = self.one.tokens(self.client_id, AGENT)
        in_force = [name for name, token in tokens.items() if not token["revoked"]]
        others = {name for name in self.one.in_force() if name.startswith("old-")}
        found = [f"messages left in {queue}" for queue in (QUEUE, DEAD_LETTERS) if account.stack.queue_messages(queue)]
        wanted = f"old-{self.client_id}-{AGENT}" if self.back else reissue.successor
        if in_force != [wanted]:
            found.append(f"in force are {in_force}, and not {wanted}")
        elif not self.back and self._used(account) != wanted:
            found.append("the client holds another token")
        ids = [letter["id"] for letter in self.one.letters(AGENT)]
        if len(ids) != reissue.invitations:
            found.append(f"{len(ids)} letters for {reissue.invitations} invitations: {ids}")
        if self.whole:
            report = self.one.report()
            found += [] if report["balanced"] and report["complete"] else [f"the report: {report}"]
        state = {
            "status": reissue.status,
            "old_token": reissue.old_token,
            "rounds": len(self.one.rounds(self.client_id, AGENT)),
            "others": sorted(others),
        }
        return End(tuple(found), state)


DIRECT = ReissueScenario("direct reissue", CRM)
WHOLE = ReissueScenario("reissue of all grants", CRM, whole=True)
BROKERED = ReissueScenario("brokered reissue", DIALER)
DIRECT_AND_BACK = ReissueScenario("direct reissue, rolled back", CRM, back=True)
BROKERED_AND_BACK = ReissueScenario("brokered reissue, rolled back", DIALER, back=True)
