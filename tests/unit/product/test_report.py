import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.differences import extra, missing
from deskshift.domain.report import build, counts, differences_csv
from deskshift.model.move import Difference, MappedId, Quarantined
from tests.unit.product.made import move


def entry(one: str, *, kept: bool = False, messages: int = 2, attachments: int = 1) -> MappedId:
    return MappedId(
        conversation_id=one,
        channel_id="chat",
        move_id="move",
        version=1,
        state="copied",
        source_ticket_id="t" if kept else None,
        messages=messages,
        attachments=attachments,
    )


def test_counts_are_exact() -> None:
    found = [
        missing("c1"),
        extra("c2", 2),
        extra("c3", 1),
        Difference("chat", "channel.settings.routing", "a", "b"),
        Difference("c4", "status", "open", "closed"),
        Difference("c4", "owner_id", "a", "b"),
        Difference("c5", "messages[0].text", "x", "y"),
    ]
    made = counts([entry("a", kept=True), entry("b", messages=5, attachments=0)], 3, 1, found, takes_history=True)
    assert (made.conversations.source, made.conversations.moved, made.conversations.skipped) == (5, 2, 0)
    assert (made.conversations.quarantined, made.conversations.missing) == (1, 1)
    assert (made.conversations.extra, made.conversations.mismatched) == (2, 2)
    assert (made.tickets.kept, made.tickets.created) == (1, 1)
    assert (made.messages, made.attachments) == (7, 1)


def test_without_history_everything_is_skipped() -> None:
    made = counts([], 4, 0, [], takes_history=False).conversations
    assert (made.source, made.moved, made.skipped) == (4, 0, 4)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    found = [Difference(f"{start}id", f"{start}field", f'{start}1,"2"', f"{start}x\ny")]
    rows = list(csv.reader(io.StringIO(differences_csv(found), newline="")))
    assert rows[1] == [f"'{start}id", f"'{start}field", f'\'{start}1,"2"', f"'{start}x\ny"]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=10)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=5, unique=True))
def test_a_csv_is_read_back_as_it_was_and_begins_no_cell_with_a_formula(rows: list[tuple[str, str, str, str]]) -> None:
    text = differences_csv(Difference(*row) for row in rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["id", "field", "source", "target"]
    assert len(read) == len(rows) + 1
    assert all(cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} for row in read for cell in row)
    plain = sorted(
        tuple(cell[1:] if cell[:2] in {f"'{c}" for c in "=+-@\t\r"} else cell for cell in row) for row in read[1:]
    )
    assert plain == sorted(rows) or any(cell.startswith("'") for row in rows for cell in row)


def test_a_report_is_sorted_and_says_what_the_move_says() -> None:
    aside = [Quarantined(conversation_id=one, code="c", reason="r", version=1) for one in ("z", "a")]
    found = [Difference("b", "y", "1", "2"), Difference("b", "x", "1", "2"), Difference("a", "z", "1", "2")]
    report = build(move(status="scheduled"), counts([], 0, 2, found, takes_history=True), aside, found, ["y", "x"])
    assert report.status == "queued"
    assert report.late_replies == ("x", "y")
    assert [item.conversation_id for item in report.quarantined] == ["a", "z"]
    assert [(difference.id, difference.field) for difference in report.differences] == [
        ("a", "z"),
        ("b", "x"),
        ("b", "y"),
    ]
