from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.sandbox.corrupt_fields import canonical_corruption, corruption_names
from infra.local.sandbox.faults import CALL_FAULTS, CallKind, Faults, FaultSpec, FaultSpecError, parse_faults, unfired

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: tuple[CallKind, ...] = get_args(CallKind)


def test_a_full_specification_is_read() -> None:
    spec = parse_faults(
        "429=0.05,500=0.05,timeout=0.02,lost_response=0.05,slow=0.05,shuffle_webhooks=0.2,duplicate_webhooks=0.2,"
        "refuse=conv-1,refuse=conv-2,page_limit=50,corrupt=text,seed=7"
    )
    assert spec.rates["timeout"] == 0.02
    assert spec.refuse == ("conv-1", "conv-2")
    assert (spec.page_limit, spec.corrupt, spec.seed) == (50, "messages.text", 7)


def test_an_empty_specification_asks_for_nothing() -> None:
    assert parse_faults("") == FaultSpec()
    assert unfired(Faults(parse_faults("")).counts) == []


@pytest.mark.parametrize(
    ("spec", "part", "found"),
    [
        ("429", "429", "429"),
        ("429=", "429=", "429="),
        ("428=0.1", "428=0.1", "428"),
        ("429=often", "429=often", "often"),
        ("429=0", "429=0", "0"),
        ("429=1.5", "429=1.5", "1.5"),
        ("429=nan", "429=nan", "nan"),
        ("429=0.1,429=0.2", "429=0.2", "429 twice"),
        ("refuse=a b", "refuse=a b", "a b"),
        ("page_limit=0", "page_limit=0", "0"),
        ("page_limit=many", "page_limit=many", "many"),
        ("corrupt=shoe_size", "corrupt=shoe_size", "shoe_size"),
        ("seed=-1", "seed=-1", "-1"),
        ("429=0.5,500=0.5", "429=0.5,500=0.5", "a sum of 1"),
    ],
)
def test_a_bad_part_is_named_with_what_is_allowed(spec: str, part: str, found: str) -> None:
    with pytest.raises(FaultSpecError) as refused:
        parse_faults(spec)
    assert (refused.value.part, refused.value.found) == (part, found)
    assert refused.value.allowed


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("text", "messages.text"),
        ("at", "messages.at"),
        ("author", "messages.author.id"),
        ("message.text", "messages.text"),
        ("conversation.status", "status"),
        ("sha256", "attachments.bytes"),
        ("attachment.name", "attachments.name"),
        ("messages.attachments.name", "attachments.name"),
        ("subject", "ticket.subject"),
        ("ticket_id", "ticket_id"),
        ("drop", "dropped"),
        ("double", "doubled"),
        ("swap", "swapped"),
        ("channel.signature", "channel.settings.signature"),
        ("settings.routing", "channel.settings.routing"),
    ],
)
def test_short_names_of_corruptions_are_understood(short: str, full: str) -> None:
    assert canonical_corruption(short) == full
    assert full in corruption_names()


def _first(faults: Faults, name: str, kind: CallKind, calls: int) -> int | None:
    return next((n for n in range(1, calls + 1) if _meets(faults, name, kind)), None)


def _meets(faults: Faults, name: str, kind: CallKind) -> bool:
    drawn = faults.draw(kind)
    return drawn.slow if name == "slow" else drawn.fault == name


@given(
    rates=st.dictionaries(st.sampled_from([*CALL_FAULTS, "slow"]), st.floats(0.01, 0.24), min_size=1),
    seed=st.integers(0, 1000),
    kind=st.sampled_from(KINDS),
)
def test_every_rate_fires_within_its_inverse_of_calls(rates: Mapping[str, float], seed: int, kind: CallKind) -> None:
    for name, rate in rates.items():
        faults = Faults(FaultSpec(rates=rates, seed=seed))
        assert _first(faults, name, kind, math.ceil(1 / rate)) is not None


@given(seed=st.integers(0, 1000))
def test_rates_are_met_in_the_long_run_and_counted(seed: int) -> None:
    rates = dict.fromkeys([*CALL_FAULTS, "slow"], 0.05)
    faults = Faults(FaultSpec(rates=rates, seed=seed))
    for _ in range(1000):
        faults.draw("write")
    for name in rates:
        assert faults.counts[name]["calls"] == 1000
        assert abs(faults.counts[name]["done"] - 50) <= 2


def test_the_same_seed_draws_the_same_faults() -> None:
    spec = parse_faults("429=0.1,500=0.1,slow=0.2,seed=3")
    first, second = Faults(spec), Faults(spec)
    assert [first.draw("read") for _ in range(200)] == [second.draw("read") for _ in range(200)]


def test_webhook_rates_count_deliveries_not_calls() -> None:
    faults = Faults(parse_faults("shuffle_webhooks=0.2"))
    faults.draw("read")
    assert faults.counts["shuffle_webhooks"] == {"calls": 0, "done": 0}
    assert any(faults.delivery("shuffle_webhooks") for _ in range(5))
    assert not faults.delivery("duplicate_webhooks")


def test_faults_that_did_nothing_are_listed() -> None:
    faults = Faults(parse_faults("429=0.5,refuse=conv-1,page_limit=5,corrupt=drop"))
    assert unfired(faults.counts) == ["429", "refuse=conv-1", "page_limit=5", "corrupt=dropped"]
    assert faults.refuses("conv-1")
    assert not faults.refuses("conv-2")
    for _ in range(2):
        faults.draw("read")
    assert unfired(faults.counts) == ["page_limit=5", "corrupt=dropped"]
