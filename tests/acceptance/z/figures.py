"""How a published figure is written down: where it stands, what was charged, and what it comes to."""

from dataclasses import dataclass

KILL_BILL_COMMIT = "cb60779c171391be558cd7aebb1eafea60ad2b82"
_KILL_BILL = f"https://github.com/killbill/killbill/blob/{KILL_BILL_COMMIT}"
_BEATRIX = f"{_KILL_BILL}/beatrix/src/test/java/org/killbill/billing/beatrix/integration"
_PRORATIONS = f"{_KILL_BILL}/invoice/src/test/java/org/killbill/billing/invoice/proRations/inAdvance"
_GENERATOR = f"{_KILL_BILL}/invoice/src/test/java/org/killbill/billing/invoice/generator"


@dataclass(frozen=True)
class Source:
    """Who published a figure, and where."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name}, {self.address}"


@dataclass(frozen=True)
class Asked:
    """What is prorated: the price of a whole period over `[start, end)`, with `anchor` on a boundary."""

    price: str
    currency: str
    start: str
    end: str
    anchor: str
    period: str = "month"
    tax_rate: str | None = None

    def arguments(self) -> list[str]:
        """Give the command line's arguments."""
        options = {
            "--price": self.price,
            "--currency": self.currency,
            "--from": self.start,
            "--to": self.end,
            "--anchor": self.anchor,
            "--period": self.period,
        }
        if self.tax_rate is not None:
            options["--tax-rate"] = self.tax_rate
        return ["billing", "prorate", *(word for pair in options.items() for word in pair), "--json"]


@dataclass(frozen=True)
class Figure:
    """A published amount that ours must equal. `ratios` are its lines' days and denominators, where published."""

    source: Source
    asked: Asked
    amount: str
    note: str = ""
    ratios: tuple[tuple[int, int], ...] | None = None
    tax: str | None = None
    total: str | None = None


@dataclass(frozen=True)
class Dates:
    """Published boundaries: the first ones of a series on or after `start`."""

    source: Source
    anchor: str
    start: str
    period: str
    dates: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A published amount that rests on another convention: what the source says, what we say, and why."""

    source: Source
    asked: Asked
    published: str
    ours: str
    why: str


def kill_bill(test: str, line: int) -> Source:
    """Name a line of Kill Bill's integration tests."""
    return Source("Kill Bill", f"{_BEATRIX}/{test}.java#L{line}")


def kill_bill_ratio(test: str, line: int) -> Source:
    """Name a line of Kill Bill's proration tests; they give ratios with nine decimals."""
    return Source("Kill Bill", f"{_PRORATIONS}/{test}.java#L{line}")


def kill_bill_dates(test: str, name: str) -> Source:
    """Name one of Kill Bill's tests of billing dates."""
    return Source("Kill Bill", f"{_GENERATOR}/{test}.java ({name})")
