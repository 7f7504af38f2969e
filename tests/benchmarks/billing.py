"""Billing merges: through the handlers against a bare loop, the arithmetic alone, and what more lines cost."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from deskshift.domain.billing.preview import preview
from tests.benchmarks.accounts import functions
from tests.benchmarks.merger import Merged, MergeJob
from tests.benchmarks.processes import run
from tests.benchmarks.table import Line
from tests.support.billing import account, billing, facts, invoice, paid

if TYPE_CHECKING:
    from deskshift.domain.billing.facts import Facts
    from deskshift.model.billing import Billing
    from tests.benchmarks.accounts import Bench

MERGES = 40
PREVIEWS_AIM = 5_000
LINEAR_AIM = 1.5
"""So many times what a line costs among ten may a line among a thousand cost, or the other way round."""
_REPETITIONS = 5
_DAY = date(2022, 12, 1)


def measure(bench: Bench) -> list[Line]:
    """Measure all three."""
    return [*_through_handlers(bench), _previews(), *_by_lines()]


def _billing(lines: int = 1) -> Billing:
    """Make both accounts; chat's invoices have so many lines, all paid, that reach beyond the day."""
    of = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
    made = tuple(msgspec.structs.replace(of.lines[0], id=f"line-{n}") for n in range(lines))
    tax = tuple(msgspec.structs.replace(one, amount_minor=one.amount_minor * lines) for one in of.tax)
    of = msgspec.structs.replace(of, lines=made, tax=tax)
    chat = account("chat", invoices=(of,), payments=(paid(of, 7380 * lines),))
    return billing(chat, account("support", "600"))


def _through_handlers(bench: Bench) -> list[Line]:
    form: Any = msgspec.to_builtins(_billing())
    held = {name: form[name] for name in ("accounts", "prices", "contracts")}
    seeded = [bench.seeded(1) for _ in range(2 * MERGES + 1)]
    for one in seeded:
        bench.sandbox.set_options(one.id, billing=held)
    merging, bare = seeded[: MERGES + 1], seeded[MERGES + 1 :]
    job = MergeJob(
        base_url=bench.sandbox.url,
        functions=functions(),
        accounts=[one.id for one in merging],
        bare=[one.token for one in bare],
    )
    found = run("merger", job, Merged, bench.served.variables())
    bench.forget(*seeded)
    rows = (
        ("wall clock", found.wall - found.aws_wall, found.bare_wall, found.wall),
        ("CPU time", found.cpu - found.aws_cpu, found.bare_cpu, found.cpu),
    )
    calls = found.vendor_calls / found.merges
    made = [Line("a merge with its preview", f"{calls:.0f} calls to the billing system, {found.merges} merges")]
    for what, ours, theirs, whole in rows:
        words = f"{found.merges / ours:,.0f} a second; {theirs / ours:.2f} of a bare loop of the same calls"
        made.append(Line(f"merges, {what}, AWS calls excluded", words))
        made.append(Line(f"merges, {what}, AWS calls included (moto)", f"{found.merges / whole:,.0f} a second"))
    return made


def _previews() -> Line:
    seconds = _seconds(facts(_billing(), _DAY), 2_000)
    return Line(
        "previews, arithmetic alone, CPU time",
        f"{1 / seconds:,.0f} a second and core",
        f"at least {PREVIEWS_AIM:,}",
        1 / seconds >= PREVIEWS_AIM,
    )


def _by_lines() -> list[Line]:
    sizes = (10, 100, 1000)
    each = {size: _seconds(facts(_billing(size), _DAY), max(2, 2_000 // size)) / size for size in sizes}
    ratio = each[sizes[-1]] / each[sizes[0]]
    made = [
        Line(f"a line among {size:,}", f"{seconds * 1e6:,.1f} microseconds of CPU") for size, seconds in each.items()
    ]
    return [
        *made,
        Line(
            f"a line among {sizes[-1]:,} against one among {sizes[0]:,}",
            f"{ratio:.2f} times",
            f"at most {LINEAR_AIM} times",
            ratio <= LINEAR_AIM,
        ),
    ]


def _seconds(given: Facts, times: int) -> float:
    """Give the least CPU time of a preview among some rounds: what else the machine does only adds to it."""
    preview(given, "bench")
    best = float("inf")
    for _ in range(_REPETITIONS):
        cpu = time.process_time()
        for _ in range(times):
            preview(given, "bench")
        best = min(best, (time.process_time() - cpu) / times)
    return best
