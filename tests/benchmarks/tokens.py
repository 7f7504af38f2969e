"""Reissues of tokens through the handlers: how many a second, and what each asks of AWS and of the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.accounts import functions
from tests.benchmarks.processes import run
from tests.benchmarks.reissuer import Granted, Reissued, ReissueJob
from tests.benchmarks.table import Line
from tests.support import exports
from tests.support.reissuing import CRM, client, grant

if TYPE_CHECKING:
    from tests.benchmarks.accounts import Bench
    from tests.benchmarks.reissuer import Phase

GRANTS, WARM = 200, 5
ISSUER_AIM = 5.0
"""So many requests to the vendor may a grant take from the message to its end: a letter, a revocation, its reads."""


def measure(bench: Bench) -> list[Line]:
    """Reissue a batch of grants, each of an agent of its own at an integration's own start."""
    job = ReissueJob(
        sandbox_url=bench.sandbox.url,
        functions=functions(),
        warm=_granted(bench, WARM),
        measured=_granted(bench, GRANTS),
    )
    variables = bench.served.variables()
    # The stack's own pollers serve the queue; the dead letters' they leave alone, and this process has the messages.
    variables["TOKENS_QUEUE_URL"] = variables["TOKENS_DEAD_LETTER_QUEUE_URL"]
    found = run("reissuer", job, Reissued, variables)
    for one in (job.warm, job.measured):
        bench.sandbox.remove_account(one.account_id)
    return _lines(found)


def _lines(found: Reissued) -> list[Line]:
    phases = {"opened and invited": found.opened, "watched": found.watched, "retired": found.retired}
    whole = list(phases.values())
    made = _seconds(f"{found.grants} reissues, from the message to the end", found.grants, whole)
    for name, phase in phases.items():
        made += _seconds(name, found.grants, [phase])[:1]
    aws, by_phase = _each(found.grants, {name: phase.aws_calls for name, phase in phases.items()})
    made.append(Line("requests to AWS for each grant", f"{aws:.2f}: {by_phase}"))
    vendor, by_phase = _each(found.grants, {name: phase.vendor_calls for name, phase in phases.items()})
    says = f"{vendor:.2f}: {by_phase}"
    made.append(Line("requests to the vendor for each grant", says, f"at most {ISSUER_AIM}", vendor <= ISSUER_AIM))
    return made


def _each(grants: int, calls: dict[str, int]) -> tuple[float, str]:
    return sum(calls.values()) / grants, ", ".join(f"{name} {count / grants:.2f}" for name, count in calls.items())


def _seconds(what: str, grants: int, phases: list[Phase]) -> list[Line]:
    wall, cpu = sum(one.wall for one in phases), sum(one.cpu for one in phases)
    aws_wall, aws_cpu = sum(one.aws_wall for one in phases), sum(one.aws_cpu for one in phases)
    ours = f"{grants / (wall - aws_wall):,.0f} a second by wall clock, {grants / (cpu - aws_cpu):,.0f} by CPU time"
    with_aws = f"{grants / wall:,.0f} a second by wall clock, {grants / cpu:,.0f} by CPU time"
    return [Line(f"{what}, AWS calls excluded", ours), Line(f"{what}, AWS calls included (moto)", with_aws)]


def _granted(bench: Bench, agents: int) -> Granted:
    """Make an account of so many agents, each with a grant to the same integration."""
    account_id = f"bench-tokens-{agents}"
    own = f"{{sandbox}}/integrations/{account_id}/{CRM}"
    people = [exports.agent(f"agent-{number:03d}") for number in range(agents)]
    of = client(
        CRM,
        grant_types=["authorization_code"],
        owner_id="admin",
        redirect_uris=[f"{own}/callback"],
        authorization_start=f"{own}/start",
    )
    export = exports.export(
        account_id,
        agents=[exports.agent("admin", "super_admin"), *people],
        oauth={"clients": [of], "grants": [grant(CRM, one["id"]) for one in people]},
    )
    bench.issuing(export, account_id)
    start = next(one["authorization_start"] for one in bench.sandbox.integrations(account_id))
    return Granted(account_id=account_id, agents=[one["id"] for one in people], start=str(start))
