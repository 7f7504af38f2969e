"""A reissue of tokens on a fresh local stack against a fresh vendor sandbox, from the invitation to the last end.

The sandbox plays the agents and the integrations. `--as-of` stops the clock on a day to look, or to do something.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskshift.app.policies import tokens_policies
from deskshift.domain.policy import choose_policy
from deskshift.domain.tokens.ids import grant_key
from infra.cli import tokens_options as options
from infra.cli.errors import bad_option
from infra.cli.local_account import local_account, see_that_it_was_taken
from infra.cli.move_options import exported, first_super_admin
from infra.cli.terminal import tell
from infra.cli.tokens_days import DRAIN_SECONDS, Days, Played, stops
from infra.cli.tokens_integrations import Integrations
from infra.cli.tokens_one import ClientBefore, one_grant
from infra.cli.tokens_people import People
from infra.local import accounts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from infra.local.stack import LocalStack

Json = dict[str, Any]
NOW = timedelta(0)


class LocalTokens:
    """One account on a local stack; fits `tokens.Stack`."""

    def __init__(self, stack: LocalStack, days: Days, account_id: str, operator: str, day: int | None) -> None:
        self._stack = stack
        self._days = days
        self._day = None if day is None else timedelta(days=day)
        self._policy = choose_policy(tokens_policies(), None, None)
        self.account_id = account_id
        self.operator = operator

    def reissue(self, request: Mapping[str, Any]) -> Json:
        """Ask, let all days pass, and give the report."""
        client_id, agent_id = request.get("client_id"), request.get("agent_id")
        before = None if client_id is None else ClientBefore(self._stack, self.account_id, str(client_id))
        self._ask(request)
        self._pass(stops(self._policy, NOW))
        if before is None:
            return self._shown("report")
        return one_grant(self._stack, self.account_id, (str(client_id), agent_id), before)

    def pending(self) -> list[Json]:
        """Ask for all grants, and look on the day that is named who is waited for."""
        self._ask(self._all())
        self._pass(self._until_day())
        with self._days.at(self._day or NOW):
            found: list[Json] = self._shown("pending")["pending"]
        return found

    def report(self, batch_id: str | None) -> Json:  # noqa: ARG002 - here there is one request
        """Ask for all grants, and report as of the day that is named, or of the end."""
        self._ask(self._all())
        self._pass(stops(self._policy, NOW) if self._day is None else self._until_day())
        with self._days.at(self._day or NOW):
            return self._shown("report")

    def order(self, order: Mapping[str, Any]) -> Json:
        """Ask for all grants, do on the day that is named what an operator wants, and let the rest of the days pass."""
        self._ask(self._all())
        self._pass(self._until_day())
        day = self._day or NOW
        with self._days.at(day):
            answer = self._stack.invoke("operate_tokens", dict(order))
        done: list[Json] = answer["reissues"] if order["action"] == "roll_back" else [answer]
        self._pass(after for after in self._days.after(self._policy, day, order.get("until")) if after >= day)
        return {"reissues": done, "report": self._shown("report")}

    def _all(self) -> Json:
        return {"request_id": "local", "account_id": self.account_id, "requested_by": self.operator}

    def _ask(self, request: Mapping[str, Any]) -> None:
        client_id = request.get("client_id")
        group = self.account_id if client_id is None else grant_key(self.account_id, client_id, request.get("agent_id"))
        with self._days.at(NOW):
            self._stack.send("TokenReissuesQueue", dict(request), group_id=group)
            self._stack.drain(DRAIN_SECONDS)
        see_that_it_was_taken(self._stack, "TokenReissuesDeadLetterQueue")

    def _pass(self, moments: Iterable[timedelta]) -> None:
        for after in moments:
            self._days.pass_by(after)

    def _until_day(self) -> list[timedelta]:
        day = self._day or NOW
        return [after for after in stops(self._policy, NOW) if after <= day]

    def _shown(self, what: str) -> Json:
        shown: Json = self._stack.invoke("show_tokens", {"account_id": self.account_id, "what": what})
        return shown


@contextmanager
def local(given: argparse.Namespace) -> Iterator[LocalTokens]:
    """Open a stack with the account of an export, its issuer connected, and everybody in their places.

    Raises:
        InputRefused: the export or an option is wrong; nothing was started.
        RunFailed: stack or sandbox did not start, or a function failed.
    """
    export = exported(given.account)
    if export.oauth is None:
        raise bad_option("--account", f"{given.account}, which has no oauth.json", "an export with OAuth clients")
    for warning in export.warnings:
        tell(f"Warning: {warning}")
    fractions, seed = options.fractions(given), options.seed(given)
    operator = given.operator or first_super_admin(export)
    if all(agent["id"] != operator for agent in export.agents):
        raise bad_option("--as", operator, "the id of one of the account's agents")
    with local_account(given.account) as one:
        entrusted = accounts.connect_issuer(one.stack, one.sandbox, export)
        where = f"{one.stack.http_url}/oauth/{one.account_id}/tokens"
        working = Integrations(one.sandbox, one.account_id, export.oauth, where, entrusted)
        with People(one.sandbox, one.account_id, fractions, seed) as people:
            days = Days(one.stack, one.sandbox, Played(one.account_id, people, working), datetime.now(UTC))
            yield LocalTokens(one.stack, days, one.account_id, operator, _day(given))


def _day(given: argparse.Namespace) -> int | None:
    """Say on which day it is looked at, or something is done; a report without one is of the end."""
    asked = getattr(given, "as_of", None)
    default = {"tokens_pending": 0, "tokens_order": 1}.get(given.command)
    return default if asked is None else options.day(given, 0)
