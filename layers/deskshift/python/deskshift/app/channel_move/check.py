"""Preflight: may this channel move, what will it take, what should people know (H-01 to H-09, H-31 to H-36, X-14)."""

from collections.abc import Mapping

import msgspec

from deskshift.app.channel_move.admit import admit
from deskshift.app.channel_move.inventory import inventory
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.turns import leave_line
from deskshift.app.events import Event
from deskshift.app.handlers import step_input
from deskshift.app.log import logger, working_on_move
from deskshift.app.metrics import Metric, count
from deskshift.app.policies import channel_move_policies, prices
from deskshift.app.wiring import Wiring
from deskshift.connectors.pace import share
from deskshift.connectors.ports import Platform
from deskshift.domain.estimate import estimate
from deskshift.domain.history import History, survey
from deskshift.domain.move_ids import move_id
from deskshift.domain.policy import choose_policy
from deskshift.domain.preflight import Facts, access_refusals, lacking_offers, refusals, warnings
from deskshift.domain.requests import parse_request
from deskshift.domain.usage import Waits
from deskshift.model.account import Account
from deskshift.model.errors import MoveExists, SupersededAttempt
from deskshift.model.move import ACTIVE, Estimate, Move, Notice, StatusMap


class CheckResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the machine goes on: go, scheduled (until `start_at`, then it is checked again), or closed."""

    account_id: str
    move_id: str
    attempt: int
    decision: str
    start_at: str | None = None


def check(wiring: Wiring, given: object, execution_arn: str, name: str) -> CheckResult:
    """Find the move of this execution, or admit it if a person started the machine, and decide.

    Raises:
        InvalidField: the input is neither a request nor a move's attempt.
        MoveExists: another execution works on this move already.
        VendorUnavailable: try again later.
    """
    move = _move_of(wiring, given, execution_arn, name)
    working_on_move(move.move_id, attempt=move.attempt)
    if move.status not in ACTIVE:
        leave_line(wiring, move)
        return _answer(move, "closed")
    if move.status == "paused":
        raise SupersededAttempt(move.move_id, move.attempt, "it is paused")
    waited = isinstance(given, Mapping) and given.get("outcome") == "waited"
    if move.started_at is not None and not (waited and move.phase == "begin"):
        return _answer(move, "go")
    if move.status == "scheduled" and isinstance(given, Mapping) and given.get("due") is True:
        move = msgspec.structs.replace(move, status="queued")
    move = _decided(wiring, move)
    logger.info(Event.MOVE_CHECKED, extra={"decision": move.status, "refusals": [r.code for r in move.refusals]})
    if move.status not in ACTIVE:
        leave_line(wiring, move)
        return _answer(move, "closed")
    return _answer(move, "scheduled" if move.status == "scheduled" else "go")


def _move_of(wiring: Wiring, given: object, execution_arn: str, name: str) -> Move:
    if isinstance(given, Mapping) and "move_id" in given:
        step = step_input(given)
        move = wiring.moves.get(step.account_id, step.move_id)
        if move.attempt != step.attempt:
            raise SupersededAttempt(move.move_id, step.attempt, f"attempt {move.attempt} owns it")
    else:
        # A person started the machine with a request; the execution's name is its id unless it names one itself.
        body = {"request_id": name, **given} if isinstance(given, Mapping) else given
        request = parse_request(body)
        working_on_move(move_id(request.account_id, request.channel_id, request.request_id))
        move = admit(wiring, request, execution_arn)
    if move.execution_arn != execution_arn:
        raise MoveExists(move.move_id, move.status)
    return move


def _decided(wiring: Wiring, move: Move) -> Move:
    """Gather the facts on the platform itself and decide; nothing is changed there."""
    platform = wiring.platform(move.account_id, "capture")
    account = platform.directory.account()
    offers = platform.inbox.offers
    lacking = lacking_offers(
        orders_by_version=offers.orders_by_version, releases=offers.releases, content_digests=offers.content_digests
    )
    refused = (*access_refusals(account), *lacking)
    if refused:
        return _saved(wiring, _refused(wiring, move, refused))
    history = survey(inventory(platform.inbox, move.request.channel_id), account.time_zone)
    facts = _facts(wiring, platform, account, move, history.quiet)
    known = msgspec.structs.replace(
        move,
        warnings=warnings(facts),
        status_map=move.request.status_map or _default(account),
        source_total=history.conversations,
        lag_ms=account.listing_lag_ms,
        estimate=_estimate(wiring, move, history),
    )
    refused = refusals(facts)
    if refused:
        known = _refused(wiring, known, refused)
    elif move.request.dry_run:
        known = msgspec.structs.replace(known, status="dry_run", finished_at=wiring.now())
    return _saved(wiring, known)


def _saved(wiring: Wiring, move: Move) -> Move:
    """Save the decision; of a move that ends here the report is written first, for nobody comes back for it."""
    if move.status not in ACTIVE:
        write_report(wiring, move)
    saved = wiring.moves.save(move)
    if saved.status == "refused":
        count(Metric.MOVES_REFUSED)
    return saved


def _refused(wiring: Wiring, move: Move, why: tuple[Notice, ...]) -> Move:
    return msgspec.structs.replace(move, status="refused", refusals=why, finished_at=wiring.now())


def _default(account: Account) -> StatusMap | None:
    """An open conversation's ticket has the account's first status, a closed one's its last."""
    statuses = account.help_desk.ticket_statuses
    return StatusMap(statuses[0], statuses[-1]) if statuses else None


def _estimate(wiring: Wiring, move: Move, history: History) -> Estimate:
    budget, workers = (
        wiring.connections.get(move.account_id).requests_per_second,
        wiring.settings.import_concurrency,
    )
    return estimate(
        history if move.takes_history else History(),
        waits=Waits(
            check=1 / share("capture", budget, workers),
            step=1 / share("step", budget, workers),
            importing=1 / share("import", budget, workers),
        ),
        import_workers=workers,
        prices=prices(),
    )


def _facts(wiring: Wiring, platform: Platform, account: Account, move: Move, quiet: tuple[int, int] | None) -> Facts:
    request, directory = move.request, platform.directory
    return Facts(
        request=request,
        account=account,
        requester=directory.agent(request.requested_by),
        agents=tuple(directory.agents()),
        channel=directory.inbox_channel(request.channel_id),
        inbox_channels=tuple(directory.inbox_channels()),
        in_help_desk=directory.help_desk_channel(request.channel_id) is not None,
        earlier=tuple(m for m in wiring.moves.of_account(move.account_id) if _before(m, move)),
        policy=choose_policy(channel_move_policies(), move.edition, move.policy_version),
        notifications_on=any(platform.notices.notifications().values()),
        quiet=quiet,
    )


def _before(other: Move, move: Move) -> bool:
    """Say whether another move of the account was asked for before this one: the later of two equal ones is refused."""
    if other.move_id == move.move_id or other.request.dry_run:
        return False
    return (other.created_at, other.move_id) < (move.created_at, move.move_id)


def _answer(move: Move, decision: str) -> CheckResult:
    start_at = move.request.start_at if decision == "scheduled" else None
    return CheckResult(
        account_id=move.account_id, move_id=move.move_id, attempt=move.attempt, decision=decision, start_at=start_at
    )
