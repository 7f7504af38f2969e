"""Faults on request: the ``--faults`` specification, when each fault is due, and the count of what was done.

Rates are met by error diffusion, not by chance: each call adds the rate to the fault's credit, and a fault whose credit
reaches one is due. Reads and writes have credits of their own. The start credit comes from the seed and is high enough
that every rate fires within 1/rate calls of each kind, so that a short run cannot pass over one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypedDict

from infra.local.sandbox.corrupt_fields import canonical_corruption, corruption_names
from infra.local.sandbox.export_kinds import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL_FAULTS = ("429", "500", "timeout", "lost_response")
RATES = (*CALL_FAULTS, "slow", "shuffle_webhooks", "duplicate_webhooks")
_START_CREDIT = 0.7
_ALLOWED = ", ".join([*(f"{name}=RATE" for name in RATES), "refuse=ID", "page_limit=N", "corrupt=FIELD", "seed=N"])

CallKind = Literal["read", "write"]


class FaultCount(TypedDict):
    """How many calls could have met a fault, and how many did."""

    calls: int
    done: int


Counts = dict[str, FaultCount]


class FaultSpecError(ValueError):
    """A fault specification that cannot be read: which part, what was found, what is allowed."""

    code = "invalid_fault_spec"

    def __init__(self, part: str, found: str, allowed: str) -> None:
        self.part = part
        self.found = found
        self.allowed = allowed
        super().__init__(f"faults: in {part!r} found {found!r}; allowed: {allowed}")


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """What to do wrong: rates of calls (or of webhook deliveries), what to refuse, a limit, one corruption."""

    rates: Mapping[str, float] = field(default_factory=dict)
    refuse: tuple[str, ...] = ()
    page_limit: int | None = None
    corrupt: str | None = None
    seed: int = 1


def parse_faults(spec: str) -> FaultSpec:
    """Parse ``429=0.05,refuse=ID,page_limit=N,corrupt=FIELD,seed=1``; an empty text asks for nothing.

    Raises:
        FaultSpecError: a part is unknown, given twice (``refuse`` may be) or has a value that is not allowed.
    """
    rates: dict[str, float] = {}
    refuse: list[str] = []
    single: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise FaultSpecError(part, part, _ALLOWED)
        if name in rates or name in single:
            raise FaultSpecError(part, f"{name} twice", f"{name} once")
        if name in RATES:
            rates[name] = _rate(part, value)
        elif name == "refuse":
            refuse.append(_identifier(part, value))
        elif name in {"page_limit", "corrupt", "seed"}:
            single[name] = value
        else:
            raise FaultSpecError(part, name, _ALLOWED)
    total = sum(rates.get(name, 0) for name in CALL_FAULTS)
    if total >= 1:
        raise FaultSpecError(spec, f"a sum of {total:g}", f"rates of {', '.join(CALL_FAULTS)} that sum to less than 1")
    return FaultSpec(
        rates=rates,
        refuse=tuple(refuse),
        page_limit=_whole("page_limit", single["page_limit"], 1) if "page_limit" in single else None,
        corrupt=_corruption(single["corrupt"]) if "corrupt" in single else None,
        seed=_whole("seed", single.get("seed", "1"), 0),
    )


def unfired(counts: Mapping[str, FaultCount]) -> list[str]:
    """Return the faults of a count that did nothing, in its order: each is an error of the run that asked for it."""
    return [name for name, count in counts.items() if count["done"] == 0]


def _identifier(part: str, text: str) -> str:
    if not is_id(text):
        raise FaultSpecError(part, text, "a conversation's id: 1 to 128 characters of [A-Za-z0-9._:-]")
    return text


def _rate(part: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1:
        raise FaultSpecError(part, text, "a rate above 0 and at most 1")
    return rate


def _whole(name: str, text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise FaultSpecError(f"{name}={text}", text, f"a whole number of at least {least}")
    return int(text)


def _corruption(name: str) -> str:
    known = canonical_corruption(name)
    if known is None:
        raise FaultSpecError(f"corrupt={name}", name, ", ".join(corruption_names()))
    return known


@dataclass(slots=True)
class _Meter:
    """The credit of one fault for one kind of call."""

    rate: float
    credit: float

    def add(self) -> None:
        self.credit += self.rate

    @property
    def is_due(self) -> bool:
        return self.credit >= 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one call meets: at most one of the call faults, and slowness beside it."""

    fault: str | None = None
    slow: bool = False


class Faults:
    """The faults of one account while it is served, and their counts (calls that could have met it, times done)."""

    def __init__(self, spec: FaultSpec) -> None:
        self.spec = spec
        names = [*spec.rates, *(f"refuse={identifier}" for identifier in spec.refuse)]
        if spec.page_limit is not None:
            names.append(f"page_limit={spec.page_limit}")
        if spec.corrupt is not None:
            names.append(f"corrupt={spec.corrupt}")
        self.counts: Counts = {name: {"calls": 0, "done": 0} for name in names}
        self._meters: dict[tuple[str, str], _Meter] = {}

    def draw(self, kind: CallKind) -> Drawn:
        """Return what the next contract call of a kind meets."""
        due: list[tuple[float, str, _Meter]] = []
        for name in CALL_FAULTS:
            if name in self.spec.rates:
                meter = self._advance(name, kind)
                if meter.is_due:
                    due.append((meter.credit, name, meter))
        slow = "slow" in self.spec.rates and self._fires("slow", kind)
        if not due:
            return Drawn(None, slow)
        _, name, meter = max(due, key=lambda item: item[0])
        meter.credit -= 1
        self.done(name)
        return Drawn(name, slow)

    def delivery(self, name: Literal["shuffle_webhooks", "duplicate_webhooks"]) -> bool:
        """Tell whether the next webhook delivery meets a fault."""
        return name in self.spec.rates and self._fires(name, "delivery")

    def refuses(self, one_id: str) -> bool:
        """Tell whether imports of a conversation, or the order of a number, are refused, and count it."""
        if one_id not in self.spec.refuse:
            return False
        self.counts[f"refuse={one_id}"]["calls"] += 1
        self.done(f"refuse={one_id}")
        return True

    def note(self, name: str) -> None:
        """Count a call that could have met a fault."""
        self.counts[name]["calls"] += 1

    def done(self, name: str) -> None:
        """Count a fault that was done."""
        self.counts[name]["done"] += 1

    def _fires(self, name: str, kind: str) -> bool:
        meter = self._advance(name, kind)
        if not meter.is_due:
            return False
        meter.credit -= 1
        self.done(name)
        return True

    def _advance(self, name: str, kind: str) -> _Meter:
        rate = self.spec.rates[name]
        meter = self._meters.get((name, kind))
        if meter is None:
            # Faults that are due at the same call take turns, so the first is allowed for by one rate for each other.
            seeded = random.Random(f"{self.spec.seed}/{name}/{kind}").random()  # noqa: S311 - a schedule, no secret
            start = _START_CREDIT + (1 - _START_CREDIT) * seeded
            meter = self._meters[name, kind] = _Meter(rate, max(start, min(len(CALL_FAULTS) * rate, 1 - rate)))
        meter.add()
        self.note(name)
        return meter
