"""Reissues of tokens as runs that can be disturbed: messages, people, integrations, schedules and an operator."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from deskshift.domain.tokens.ids import grant_key
from infra.local.sandbox.client import SandboxError
from infra.local.stack.errors import FunctionFailed
from tests.faults.end_state import End, items
from tests.faults.ground import send_request
from tests.faults.scenarios import ACCOUNT, EXIT, LOST, Event
from tests.support.reissuing import COMMIT_WINDOW, CRM, DEAD_LETTERS, DIALER, EXPORT, QUEUE, Reissuing, export

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from deskshift.model.reissue import Reissue
    from tests.faults.ground import Clock
    from tests.support.moves import Account, Json

BETWEEN_LOOKS = timedelta(minutes=6)
"""After so long an exchange of which nothing was heard has died with its function."""
FAILS = LOST | {EXIT, "TransactWriteError", "LateWriter"}
GrantOf = tuple[str, str | None]


@dataclass(frozen=True)
class ReissueScenario:
    """Some grants of an account, whose agents accept, and whose integrations use what they get."""

    name: str
    grants: tuple[GrantOf, ...]
    of_account: bool = False
    rolls_back: bool = False
    looks: int = 2
    token_days: int | None = None
    played: list[Reissuing] = field(default_factory=list, compare=False, repr=False)
    connected: set[GrantOf] = field(default_factory=set, compare=False, repr=False)

    @property
    def one(self) -> Reissuing:
        """The account's reissues, as of the run that is played."""
        return self.played[-1]

    def export(self) -> Json:
        """Make the account, with these grants alone if all are asked for."""
        made = export(ACCOUNT)
        if not self.of_account:
            return made
        kept = [each for each in made["oauth"]["grants"] if (each["client_id"], each["agent_id"]) in self.grants]
        clients = {client for client, _ in self.grants} | {DIALER}
        made["oauth"]["grants"] = kept
        made["oauth"]["clients"] = [each for each in made["oauth"]["clients"] if each["id"] in clients]
        return made

    def options(self) -> dict[str, Any]:
        """Let access tokens be in force so long, or as long as the issuer's are."""
        days = self.token_days
        return {} if days is None else {"access_token_seconds": int(timedelta(days=days).total_seconds())}

    def happenings(self) -> Mapping[str, tuple[Event, ...]]:
        """Let nothing happen beside what is asked for."""
        return {}

    def ids(self) -> Json:
        """Name the account; the functions that are asked in between need no more."""
        return {"account_id": ACCOUNT}

    def bodies(self) -> list[Json]:
        """Make the messages' bodies."""
        asked = {"request_id": "request-1", "account_id": ACCOUNT, "requested_by": "admin"}
        if self.of_account:
            return [asked]
        return [{**asked, "client_id": client, "agent_id": agent} for client, agent in self.grants]

    def begin(self, account: Account) -> None:
        """Entrust the brokered client's secret, and send the messages, grouped as senders group them."""
        self.connected.clear()
        for before in self.played:
            before.close()
        self.played[:] = [Reissuing(account)]
        for body in self.bodies():
            client = body.get("client_id")
            group = grant_key(ACCOUNT, client, body["agent_id"]) if client else ACCOUNT
            send_request(account, body, QUEUE, group)

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Let people, integrations, schedules and the operator do what is theirs; False once all have ended."""
        reissues = self.reissues()
        if len(reissues) == len(self.grants) and not any(one.is_open for one in reissues):
            return False
        if self.rolls_back and self._is_ready(reissues):
            asked(account, "operate_tokens", self._roll_back())
            return True
        done = [self._done(one) for one in reissues]
        passes(account, clock, BETWEEN_LOOKS)
        if all(done) and not self.rolls_back:
            passes(account, clock, COMMIT_WINDOW)
            for one in reissues:
                self._works(one)
        for function in ("watch_grants", "remind_pending", "retire_tokens"):
            asked(account, function, {})
        return True

    def reissues(self) -> list[Reissue]:
        """Read each grant's newest reissue."""
        rounds = [self.one.rounds(client, agent) for client, agent in self.grants]
        return [each[-1] for each in rounds if each]

    def _roll_back(self) -> Json:
        return {"request_id": "back-1", "account_id": ACCOUNT, "operator": "olga", "action": "roll_back"}

    def _is_ready(self, reissues: Sequence[Reissue]) -> bool:
        """Say whether the account goes back now: the new tokens are there, but for one who has not authorized."""
        there = [one for one in reissues if one.status in {"verified", "collected", "withdrawn"}]
        return len(reissues) == len(self.grants) and len(there) >= len(self.grants) - 1

    def _done(self, reissue: Reissue) -> bool:
        """Let a grant's agent and its integration do what is theirs; True once they have nothing more to do."""
        if not reissue.is_open:
            return True
        match reissue.route:
            case "direct":
                self._authorizes(reissue)
                return reissue.status == "verified"
            case "machine":
                self._works(reissue)
                return reissue.status == "verified"
            case "brokered":
                return self._brokered(reissue)
            case _:
                return False

    def _authorizes(self, reissue: Reissue) -> None:
        grant = (reissue.client_id, reissue.agent_id)
        who = reissue.agent_id or ""
        waits = reissue.status == "invited" and grant not in self.connected and self.one.letters(who)
        if waits and not (self.rolls_back and grant == self.grants[-1]) and self.one.follow(who).ended == "connected":
            self.connected.add(grant)

    def _brokered(self, reissue: Reissue) -> bool:
        who = reissue.agent_id or ""
        if reissue.status == "invited":
            if self.one.letters(who):
                self.one.follow(who)
            reissue = self.one.of(reissue.client_id, who)
        if self.rolls_back or reissue.status not in {"verified", "collected"}:
            return False
        if not self._works(reissue):
            answer = self.one.collect(reissue_id=reissue.reissue_id)
            if answer.status != 200:
                return False
            self.one.keep(answer.json)
        return self.one.collect(reissue_id=reissue.reissue_id, acknowledge="true").status == 200

    def _works(self, reissue: Reissue) -> bool:
        """Let an integration use its newest token, and get itself another one if that has expired."""
        machine = reissue.route == "machine"
        for do in ("use", "client_credentials" if machine else "refresh"):
            try:
                used = self.one.sandbox.integrate(ACCOUNT, reissue.client_id, do, agent_id=reissue.agent_id)
            except SandboxError:
                continue
            return bool(used["token_id"] == reissue.successor)
        return False

    def end(self, account: Account, folder: Path) -> End:
        """Look at what became of each grant, and for what must not be left behind."""
        del folder
        found = [f"a message left in {queue}" for queue in (QUEUE, DEAD_LETTERS) if account.stack.queue_messages(queue)]
        found += [f"a sealed token is left: {key}" for key in sealed(account)]
        state: Json = {}
        for reissue in self.reissues():
            problems, state[f"{reissue.client_id} of {reissue.agent_id}"] = self._grant(reissue)
            found += problems
        return End(
            tuple(found),
            {**state, "owners": self._to_owners(), "others": self._others(), "batch": self._batch(account)},
        )

    def _grant(self, reissue: Reissue) -> tuple[list[str], Json]:
        """Name what is wrong with a grant by itself, and show what must be the same in each run."""
        client, agent = reissue.client_id, reissue.agent_id
        rounds = self.one.rounds(client, agent)
        found = [] if len(rounds) == 1 else [f"{client} of {agent} was opened {len(rounds)} times"]
        holds = self._holds(reissue)
        in_force = self.one.in_force() & set(self.one.tokens(client, agent))
        new = {token for token in in_force if not token.startswith("old-")}
        found += [f"{token} of {client} is in force, and nobody holds it" for token in new - {holds}]
        letters = 0 if agent is None else len(self.one.letters(agent))
        if agent is not None and letters != reissue.invitations:
            found.append(f"{agent} was invited {reissue.invitations} times and has {letters} letters")
        # Where a person begins anew they are invited anew, if what was begun is given up.
        times = None if reissue.route == "brokered" else reissue.invitations
        return found, {
            "ended": [reissue.status, reissue.old_token, reissue.reason],
            "in force": Counter("new" if token in new else "old" for token in in_force),
            "holds one that works": holds in new,
            "invitations": times,
        }

    def _holds(self, reissue: Reissue) -> str | None:
        self._works(reissue)
        try:
            return str(self.one.use(reissue.client_id, reissue.agent_id)["token_id"])
        except SandboxError:
            return None

    def _others(self) -> list[str]:
        """Name the tokens in force of grants that nobody asked for."""
        asked_for = {token for client, agent in self.grants for token in self.one.tokens(client, agent)}
        return sorted(self.one.in_force() - asked_for)

    def _to_owners(self) -> list[str]:
        return sorted(letter["subject"] for letter in self.one.letters("admin"))

    def _batch(self, account: Account) -> Json | None:
        if not self.of_account:
            return None
        shown = account.stack.invoke("show_tokens", {"account_id": ACCOUNT, "what": "report"})
        names = ("grants_in", "grants_out", "balanced", "complete", "outcomes", "missing", "clients_unchanged")
        return {name: shown[name] for name in names}


def sealed(account: Account) -> list[str]:
    """Name the tokens that still lie encrypted."""
    held = [item for item in items(account, "CustodyTable") if item["key"]["S"].startswith("token#")]
    return [item["key"]["S"] for item in held if json.loads(item["body"]["S"]).get("ciphertext")]


def passes(account: Account, clock: Clock, span: timedelta) -> None:
    """Let time pass for the functions and for the issuer."""
    clock.ahead += span
    account.sandbox.set_options(ACCOUNT, issuer_ahead_seconds=clock.ahead.total_seconds())


def asked(account: Account, function: str, event: Json) -> None:
    """Invoke a function as a schedule or an operator does, who come again if it was killed or disturbed."""
    try:
        account.stack.invoke(function, event)
    except FunctionFailed as failed:
        if failed.error_type not in FAILS:
            raise


DIRECT = ReissueScenario("reissue-direct", ((CRM, "ann"),))
BROKERED = ReissueScenario("reissue-brokered", ((DIALER, "bob"),), looks=1, token_days=100)
OF_ACCOUNT = ReissueScenario("reissue-of-an-account", ((CRM, "ann"), (DIALER, "bob"), (EXPORT, None)), of_account=True)
ROLLED_BACK = ReissueScenario("reissue-rolled-back", ((CRM, "ann"), (DIALER, "bob"), (CRM, "sam")), rolls_back=True)
