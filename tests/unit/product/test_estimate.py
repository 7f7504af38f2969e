"""X-12: what a move will take is reckoned from what its steps do."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.app.policies import prices
from deskshift.domain.estimate import estimate
from deskshift.domain.history import History, survey
from deskshift.domain.usage import Waits, cost, usage, vendor_calls
from deskshift.model.conversation import Status
from deskshift.model.listing import InventoryRow
from deskshift.model.move import Estimate

WAITS = Waits(check=1.0, step=0.25, importing=1.0)


def history(*sweeps: int, attachments: int = 0) -> History:
    number = sum(sweeps)
    return History(
        conversations=number, messages=5 * number, attachments=attachments, id_bytes=20 * number, sweeps=sweeps
    )


def estimated(of: History) -> Estimate:
    return estimate(of, waits=WAITS, import_workers=4, prices=prices())


def row(number: int, status: Status, *, archived: bool = False) -> InventoryRow:
    return InventoryRow(f"c-{number}", 1, status, archived, f"2024-07-01T{number:02d}:15:00.000Z", 3, number % 2)


@pytest.mark.parametrize("time_zone", ["Europe/Lisbon", "No/Such_Zone"])
def test_a_history_is_counted_in_one_pass(time_zone: str) -> None:
    rows = [row(1, "open"), row(2, "closed"), row(3, "closed", archived=True), row(4, "closed")]
    surveyed = survey(iter(rows), time_zone)
    assert (surveyed.conversations, surveyed.messages, surveyed.attachments) == (4, 12, 2)
    assert surveyed.sweeps == (1, 0, 2, 1)  # open, open and archived, closed, closed and archived
    assert surveyed.id_bytes == 12
    assert (surveyed.quiet is None) == (time_zone == "No/Such_Zone")


def test_no_history_has_no_quiet_time() -> None:
    assert survey([], "Europe/Lisbon") == History(sweeps=(0, 0, 0, 0))


def test_the_calls_of_each_step_are_counted() -> None:
    # 130 conversations in three passes of the listing: 2 + 1 + 1 + 1 pages, 2 + 1 + 1 parts; two chunks of a hundred.
    calls = vendor_calls(history(101, 0, 19, 10, attachments=7))
    assert calls.check == 7 + 1
    assert calls.steps == 17 + 5 + (1 + 2 + 1) + 2 + 1
    # Groups of fifty: 2, 1, 1 and 1; each file is fetched and stored.
    assert calls.importing == 5 + 2 * 7


def test_what_is_used_follows_the_parts() -> None:
    one, two = usage(history(0, 0, 100, 0), WAITS), usage(history(0, 0, 200, 0), WAITS)
    assert two.transitions - one.transitions == 4
    assert two.invocations - one.invocations == 1
    assert two.secret_reads - one.secret_reads == 1
    assert two.s3_writes - one.s3_writes == 1
    assert two.s3_reads - one.s3_reads == 2
    # A hundred entries of the id map, a part's record of 3 KB three times, and the move's record of 3 KB once.
    assert two.write_units - one.write_units == 100 + 3 * 3 + 3


def test_a_move_without_history_still_costs_its_steps() -> None:
    nothing = estimated(History())
    assert (nothing.conversations, nothing.vendor_calls) == (0, 8 + 17 + 3)
    assert 0 < float(nothing.cost_usd) < 0.01


def test_the_price_is_that_of_the_list() -> None:
    used = usage(history(10, 0, 0, 0), WAITS)
    listed = prices()
    of_each = [
        Fraction(listed.million_write_units) * used.write_units / 10**6,
        Fraction(listed.million_read_units) * used.read_units / 10**6,
        Fraction(listed.thousand_s3_writes) * used.s3_writes / 10**3,
        Fraction(listed.thousand_s3_reads) * used.s3_reads / 10**3,
        Fraction(listed.ten_thousand_secret_reads) * used.secret_reads / 10**4,
        Fraction(listed.million_queue_requests) * used.queue_requests / 10**6,
        Fraction(listed.thousand_transitions) * used.transitions / 10**3,
        Fraction(listed.million_invocations) * used.invocations / 10**6,
        Fraction(listed.gb_second) * used.gb_seconds,
    ]
    assert all(part > 0 for part in of_each)
    assert cost(used, listed) == sum(of_each)
    assert estimated(history(10, 0, 0, 0)).prices_of == f"{listed.month} {listed.region}"


def test_the_time_is_that_of_the_pace() -> None:
    slow = estimated(history(0, 0, 1000, 0, attachments=100))
    calls = vendor_calls(history(0, 0, 1000, 0, attachments=100))
    # Four workers import at once; a second is added for each part.
    assert slow.seconds == -(-(calls.check * 4 + calls.steps + calls.importing + 10 * 4) // 4)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_to_move_never_takes_less(conversations: int, attachments: int) -> None:
    one = estimated(history(conversations, 0, 0, 0, attachments=attachments))
    more = estimated(history(conversations + 100, 0, 0, 0, attachments=attachments + 1))
    assert more.vendor_calls > one.vendor_calls
    assert more.seconds > one.seconds
    assert float(more.cost_usd) >= float(one.cost_usd)
