"""X-07: times, authors, order and status survive exactly, whatever people wrote."""

from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Dump, Json

HOSTILE = {
    "long": "ü" * 70_000,
    "control": "a\x00b\x01c\x07\x08\x0b\x0c\x1b[31m\x7f\x80\x85\u2028\u2029\ufeff",
    "right_to_left": "\u202e\u05de\u05d5\u05d3\u05d2\u05e9\u202c \u0639\u0631\u0628\u0649 \u2066isolated\u2069",
    "formula": '=HYPERLINK("http://evil.example";"click")',
    "csv": '"quoted",comma;semicolon\ttab\r\nnew line',
    "html": "<script>alert(1)</script><b onmouseover='x'>&amp;&lt;</b>",
    "json": '{"a": "\\u0000", "b": [1, 2]}\\',
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈e\u0301",
    "template": "{{7*7}} ${env:HOME} %s %(name)s {0} $.path",
    "sql": "'; DROP TABLE moves; --",
    "blank": " \t\n ",
    "empty": "",
}
KEPT = ("status", "started_at", "updated_at", "owner_id", "archived", "contact", "messages")
AUTHORS = [("visitor", "v"), ("agent", "with-access"), ("agent", "left-long-ago"), ("bot", "b")]


def moved(account: Account, folder: Path) -> tuple[Json, Dump, Dump]:
    before = account.dump(folder / "before")
    report = account.move("chat")
    assert report["status"] == "done"
    assert report["differences"] == []
    return report, before, account.dump(folder / "after")


def assert_same(before: Dump, after: Dump) -> None:
    source = before.by_id("inbox/conversations.jsonl")
    target = after.by_id("help_desk/conversations.jsonl")
    assert target.keys() == source.keys()
    for one, conversation in source.items():
        assert {name: target[one][name] for name in KEPT} == {name: conversation[name] for name in KEPT}


@pytest.mark.requirement("X-07")
def test_hostile_words_survive_exactly(make_account: MakeAccount, tmp_path: Path) -> None:
    conversations, tickets = [], []
    for name, text in HOSTILE.items():
        file = exports.attachment(f"f-{name}", text.encode(), name=text[:200])
        conversations.append(
            exports.conversation(
                name,
                "chat",
                contact={"id": f"v-{name}", "name": text, "email": f"{name}@mail.example"},
                messages=[exports.message(f"m-{name}", text, attachments=[file])],
                ticket_id=f"t-{name}",
            )
        )
        conversations.append(exports.conversation(f"{name}-2", "chat", messages=[exports.message(f"m-{name}-2", text)]))
        tickets.append(exports.ticket(f"t-{name}", name, subject=text))
    account = make_account(
        exports.export(exports.new_account_id("hostile"), conversations=conversations, tickets=tickets)
    )
    report, before, after = moved(account, tmp_path)
    assert_same(before, after)
    kept = after.by_id("help_desk/tickets.jsonl")
    assert {one: kept[f"t-{one}"]["subject"] for one in HOSTILE} == HOSTILE
    assert report["counts"]["conversations"]["moved"] == 2 * len(HOSTILE)
    assert len(after.rows("help_desk/tickets.jsonl")) == 2 * len(HOSTILE)


@pytest.mark.requirement("X-07")
def test_order_authors_and_times_survive_also_where_times_are_equal_or_run_backwards(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    times = ["2024-05-01T00:00:00.001Z"] * 6 + ["2024-04-30T23:59:59.999Z", "1999-12-31T23:59:59.999Z"]
    messages = [
        exports.message(f"m{n}", f"text {n}", at, author=dict(zip(("kind", "id"), AUTHORS[n % 4], strict=True)))
        for n, at in enumerate(times)
    ]
    conversation = exports.conversation("c0", "chat", messages=messages)
    account = make_account(exports.export(exports.new_account_id("order"), conversations=[conversation]))
    _, before, after = moved(account, tmp_path)
    assert_same(before, after)
    held = after.by_id("help_desk/conversations.jsonl")["c0"]["messages"]
    assert [message["id"] for message in held] == [f"m{n}" for n in range(8)]
    assert [message["at"] for message in held] == times


@pytest.mark.requirement("X-07")
def test_closed_stays_closed_and_open_stays_open_with_a_ticket_of_any_status(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    conversations, tickets = [], []
    for status in ("open", "closed"):
        for archived in (False, True):
            for ticket_status in (None, "closed", "a status of old"):
                one = f"{status}-{archived}-{str(ticket_status).replace(' ', '_')}"
                ticket_id = None if ticket_status is None else f"t-{one}"
                conversations.append(
                    exports.conversation(one, "chat", status=status, archived=archived, ticket_id=ticket_id)
                )
                if ticket_status is not None:
                    tickets.append(exports.ticket(f"t-{one}", one, status=ticket_status))
    account = make_account(
        exports.export(exports.new_account_id("closed"), conversations=conversations, tickets=tickets)
    )
    _, before, after = moved(account, tmp_path)
    assert_same(before, after)
    held = after.by_id("help_desk/tickets.jsonl")
    assert {t["id"]: held[t["id"]]["status"] for t in tickets} == {t["id"]: t["status"] for t in tickets}


@pytest.mark.requirement("X-07")
def test_a_conversation_without_messages_and_one_of_many_move(make_account: MakeAccount, tmp_path: Path) -> None:
    many = [exports.message(f"m{n}", f"text {n}") for n in range(1000)]
    conversations = [
        exports.conversation("empty", "chat", messages=[]),
        exports.conversation("many", "chat", messages=many),
        exports.conversation("nobody", "chat", contact={"id": "v", "name": "", "email": None}),
    ]
    account = make_account(exports.export(exports.new_account_id("sizes"), conversations=conversations))
    report, before, after = moved(account, tmp_path)
    assert_same(before, after)
    assert report["counts"]["messages"] == 1002


@pytest.mark.requirement("X-07")
def test_a_page_larger_than_an_answer_may_be_is_asked_for_in_smaller_ones(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    # 60 conversations of ten texts of 70,000 characters: over 40 MiB in one page.
    conversations = [
        exports.conversation(
            f"c{n:02d}", "chat", messages=[exports.message(f"c{n:02d}-m{m}", "x" * 70_000) for m in range(10)]
        )
        for n in range(60)
    ]
    account = make_account(exports.export(exports.new_account_id("large"), conversations=conversations))
    report = account.move("chat")
    held = account.dump(tmp_path).rows("help_desk/conversations.jsonl")
    assert report["status"] == "done"
    assert len(held) == 60
    assert {len(message["text"]) for row in held for message in row["messages"]} == {70_000}
