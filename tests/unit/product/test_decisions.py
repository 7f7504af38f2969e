"""Whose turn, which ticket, which page, which part, how far, how long, how quiet: decisions over plain values."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.app.policies import channel_move_policies
from deskshift.domain.line import turn_of
from deskshift.domain.parts import MAX_BYTES, MAX_COUNT, cut
from deskshift.domain.policy import choose_policy, parse_policy
from deskshift.domain.progress import progress
from deskshift.domain.sweeps import SWEEPS, advanced, narrowed, query, smaller_pages
from deskshift.domain.tickets import ticket_for
from deskshift.domain.traffic import quiet_hours
from deskshift.model.errors import InvalidField, PagingLimitReached, PolicyInvalid
from deskshift.model.listing import ConversationPage, Window
from deskshift.model.move import ListingState, StatusMap
from tests.unit.product.made import AT, conversation, message, move, ticket

MAP = StatusMap("new", "closed")
NOW = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)


# --- The line (H-04) ---


@pytest.mark.parametrize(
    ("line", "turn"),
    [
        ([], None),
        ([("a", "queued", 1)], "a"),
        ([("b", "queued", 2), ("a", "queued", 1)], "a"),
        ([("a", "running", 1), ("b", "queued", 2)], None),
        ([("a", "paused", 1), ("b", "queued", 2)], "b"),
        ([("a", "paused and begun", 1), ("b", "queued", 2)], None),
        ([("a", "done", 1), ("b", "queued", 2)], "b"),
        ([("a", "cancelled", 1), ("b", "refused", 2), ("c", "queued", 3)], "c"),
        ([("a", "scheduled", None), ("b", "queued", 2)], "b"),
        ([("a", "queued", None)], None),
    ],
)
def test_the_lowest_unfinished_number_has_its_turn(line: list[tuple[str, str, int | None]], turn: str | None) -> None:
    moves = [
        move(one, status=status.split()[0], number=number, started_at=AT if "begun" in status else None)
        for one, status, number in line
    ]
    found = turn_of(moves)
    assert (None if found is None else found.move_id) == turn


# --- Tickets (H-16 to H-20) ---


def test_a_ticket_that_exists_is_kept_field_by_field() -> None:
    kept = ticket_for(conversation(ticket=ticket(), owner_id="other"), MAP, {"other"})
    assert (kept.external_id, kept.subject, kept.status) == ("t0", "A subject", "waiting")
    assert (kept.created_at, kept.owner_id) == (AT, "agent")


@pytest.mark.parametrize(
    ("status", "owner", "access", "expected"),
    [
        ("open", "agent", {"agent"}, ("new", "agent")),
        ("closed", "agent", {"agent"}, ("closed", "agent")),
        ("open", "agent", {"other"}, ("new", None)),
        ("open", None, {"agent"}, ("new", None)),
    ],
)
def test_a_created_ticket(status: str, owner: str | None, access: set[str], expected: tuple[str, str | None]) -> None:
    made = ticket_for(conversation(status=status, owner_id=owner, started_at="2019-01-01T00:00:00.000Z"), MAP, access)
    assert (made.status, made.owner_id) == expected
    assert made.external_id is None
    assert made.created_at == "2019-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("texts", "subject"),
    [
        (["My parcel"], "My parcel"),
        (["", " \n\t", "second  try\r\nnext"], "second try next"),
        (["a\x00b\u202ec\u2028d"], "a b c d"),
        ([], "Conversation c0"),
        ([" "], "Conversation c0"),
        (["x" * 100], "x" * 100),
        (["x" * 101], "x" * 99 + "…"),
        (["y" * 70_000], "y" * 99 + "…"),
    ],
)
def test_a_created_tickets_subject_is_the_first_words_on_one_line(texts: list[str], subject: str) -> None:
    messages = tuple(message(f"m{n}", text) for n, text in enumerate(texts))
    assert ticket_for(conversation(messages=messages), MAP, ()).subject == subject


# --- Listing (X-04, X-05, X-13) ---


def page(*ids: str, cursor: str | None = None) -> ConversationPage:
    return ConversationPage(tuple(conversation(one) for one in ids), cursor)


def test_open_ones_come_first_and_archived_ones_have_a_pass_of_their_own() -> None:
    assert SWEEPS == (("open", False), ("open", True), ("closed", False), ("closed", True))
    assert [query(ListingState(sweep=n), "chat").status for n in range(4)] == ["open", "open", "closed", "closed"]
    assert [query(ListingState(sweep=n), "chat").archived for n in range(4)] == [False, True, False, True]


def test_a_listing_goes_on_by_its_cursor_then_to_the_next_pass_and_ends_after_the_last() -> None:
    state = advanced(ListingState(), page("a", "b", cursor="next"), parts=1)
    assert (state.sweep, state.cursor, state.last, state.listed, state.parts) == (0, "next", Window(AT, "b"), 2, 1)
    state = advanced(state, page("c"), parts=1)
    assert (state.sweep, state.cursor, state.last, state.listed, state.parts) == (1, None, None, 3, 2)
    for sweep in (1, 2, 3):
        assert not state.finished
        assert state.sweep == sweep
        state = advanced(state, page(), parts=0)
    assert state.finished
    assert (state.listed, state.parts) == (3, 2)


def test_a_paging_limit_begins_a_window_after_the_last_item_seen() -> None:
    state = narrowed(advanced(ListingState(), page("a", "b", cursor="next"), parts=1), "chat")
    assert (state.window, state.cursor, state.parts, state.listed) == (Window(AT, "b"), None, 1, 2)
    asked = query(state, "chat")
    assert (asked.window, asked.cursor) == (Window(AT, "b"), None)
    with pytest.raises(PagingLimitReached):
        narrowed(state, "chat")
    with pytest.raises(PagingLimitReached):
        narrowed(ListingState(), "chat")


def test_pages_are_halved_down_to_one() -> None:
    limits, state = [], ListingState(limit=100, cursor="c", window=Window(AT, "a"), listed=5, parts=2)
    while (smaller := smaller_pages(state)) is not None:
        state = smaller
        limits.append(state.limit)
    assert limits == [50, 25, 12, 6, 3, 1]
    assert (state.cursor, state.window, state.listed, state.parts) == ("c", Window(AT, "a"), 5, 2)


# --- Parts ---


@given(st.lists(st.integers(0, 3 * 1024 * 1024), max_size=250))
def test_parts_hold_everything_once_in_order_and_keep_their_limits(sizes: list[int]) -> None:
    class Line(bytes):
        size = 0

        def __len__(self) -> int:
            return self.size

    lines = []
    for size in sizes:
        line = Line()
        line.size = size
        lines.append(line)
    ranges = list(cut(lines))
    assert [n for start, end in ranges for n in range(start, end)] == list(range(len(lines)))
    for start, end in ranges:
        assert 1 <= end - start <= MAX_COUNT
        assert end - start == 1 or sum(sizes[start:end]) + (end - start) <= MAX_BYTES


def test_a_conversation_larger_than_a_part_is_a_part_of_its_own() -> None:
    lines = [b"a", b"b" * (MAX_BYTES + 1), b"c"]
    assert list(cut(lines)) == [(0, 1), (1, 2), (2, 3)]
    assert list(cut([b"x"] * 250)) == [(0, 100), (100, 200), (200, 250)]
    assert list(cut([])) == []


# --- Progress (H-28) ---


@pytest.mark.parametrize(
    ("seconds", "done", "total", "rate", "left"),
    [
        (9.9, 50, 100, None, None),
        (10, 4, 100, None, None),
        (10, 5, 100, 30.0, 190),
        (60, 50, 100, 50.0, 60),
        (60, 100, 100, 100.0, 0),
        (60, 120, 100, 120.0, 0),
        (60, 0, 0, None, None),
        (60, 0, 100, None, None),
    ],
)
def test_an_estimate_is_withheld_until_it_means_something(
    seconds: float, done: int, total: int, rate: float | None, left: int | None
) -> None:
    since = (NOW - dt.timedelta(seconds=seconds)).isoformat()
    found = progress("import", done, total, since=since, now=NOW)
    assert (found.phase, found.done, found.total) == ("import", done, total)
    assert (found.rate, found.seconds_left) == (rate, left)


def test_a_phase_that_has_not_begun_has_no_estimate() -> None:
    assert progress("check", 5, 5, since=None, now=NOW).rate is None


# --- Quiet hours (H-09) ---


def at(hour: int, count: int = 1, day: str = "2024-07-01") -> list[str]:
    return [f"{day}T{hour:02d}:15:00.000Z"] * count


def test_quiet_hours_lie_in_the_middle_of_the_quiet_and_in_the_accounts_time() -> None:
    busy = [time for hour in range(6, 18) for time in at(hour, 3)]
    assert quiet_hours(busy, "Etc/UTC") == (22, 1)
    assert quiet_hours(busy, "Europe/Berlin") == (0, 3)


def test_summer_time_counts_as_it_was_at_that_day() -> None:
    summer = [time for hour in range(6, 17) for time in at(hour, 3, "2024-07-01")]
    winter = [time for hour in range(6, 17) for time in at(hour, 3, "2024-01-01")]
    assert quiet_hours(summer, "Europe/Berlin") == (0, 3)
    assert quiet_hours(winter, "Europe/Berlin") == (23, 2)


def test_without_history_there_is_no_advice() -> None:
    assert quiet_hours([], "Etc/UTC") is None


@given(st.lists(st.integers(0, 23), min_size=1, max_size=60))
def test_no_three_hours_are_quieter_than_those_advised(hours: list[int]) -> None:
    found = quiet_hours([time for hour in hours for time in at(hour)], "Etc/UTC")
    assert found is not None

    def begun(first: int) -> int:
        return sum(hours.count((first + n) % 24) for n in range(3))

    assert begun(found[0]) == min(begun(first) for first in range(24))
    assert found[1] == (found[0] + 3) % 24


# --- Policies (H-02) ---

POLICY = """{"edition": "2024-06", "version": 1, "movable_kinds": ["chat"], "refused_kinds": {"whatsapp": "Do."},
 "fallback_address_suffixes": [], "bot_actions": [], "mobile_app": {"has_help_desk": false, "note": "n"}}"""


def test_a_policy_is_read_and_the_newest_is_the_default() -> None:
    policy = parse_policy("2024-06.v1.json", POLICY.encode())
    assert policy.movable_kinds == ("chat",)
    shipped = channel_move_policies()
    assert choose_policy(shipped, None).edition == max(one.edition for one in shipped)
    assert choose_policy(shipped, "2023-09", 1).edition == "2023-09"
    assert "calling" not in choose_policy(shipped, "2023-09").movable_kinds


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("2024-06.v1.json", "{"),
        ("2024-06.v1.json", "[]"),
        ("2024-06.v1.json", POLICY.replace('"version": 1', '"version": "1"')),
        ("2024-06.v1.json", POLICY.replace('"movable_kinds"', '"moveable_kinds"')),
        ("2024-06.v1.json", POLICY.replace('"version": 1', '"version": 1, "extra": 1')),
        ("2024-06.v2.json", POLICY),
        ("2024-07.v1.json", POLICY),
        ("2024-06.v1.json", POLICY.replace('"chat"]', '"chat", "whatsapp"]')),
    ],
)
def test_a_policy_that_breaks_its_rules_is_refused_by_the_files_name(file: str, text: str) -> None:
    with pytest.raises(PolicyInvalid) as raised:
        parse_policy(file, text.encode())
    assert str(raised.value).startswith(f"policy {file}: ")


def test_an_edition_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InvalidField) as raised:
        choose_policy(channel_move_policies(), "1999-01")
    assert str(raised.value) == "edition: found '1999-01', allowed is one of 2023-09, 2024-06, 2025-03"
