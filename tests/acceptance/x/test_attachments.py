"""X-03: files move with their hash; one that cannot be fetched whole is tried again, then listed, never skipped."""

import base64
from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Json
from tests.support.proxy import Given, Passed, between

CONTENTS = [b"", b"\x00", bytes(range(256)) * 4, "🙂 текст".encode(), b"\r\n\r\n--boundary--", b"x" * 300_000]


@pytest.mark.requirement("X-03")
def test_every_attachment_moves_byte_for_byte_with_its_hash_name_and_type(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    files = [exports.attachment(f"f{n}", content, f"файл {n} «a&b».bin") for n, content in enumerate(CONTENTS)]
    files[1]["content_type"] = "image/png"
    messages = [
        exports.message("m0", attachments=files[:2]),
        exports.message("m1", "inline", attachments=files[2:]),
    ]
    conversation = exports.conversation("c0", "chat", messages=messages)
    account = make_account(exports.export(exports.new_account_id("files"), conversations=[conversation]))
    report = account.move("chat")
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")["c0"]
    assert report["status"] == "done"
    assert report["counts"]["attachments"] == len(CONTENTS)
    assert [message["attachments"] for message in held["messages"]] == [files[:2], files[2:]]
    moved = [base64.b64decode(file["base64"]) for message in held["messages"] for file in message["attachments"]]
    assert moved == CONTENTS


def _of_files(files: list[Json]) -> list[Json]:
    return [
        exports.conversation(f"c{n}", "chat", messages=[exports.message(f"m{n}", attachments=[file])])
        for n, file in enumerate(files)
    ]


BAD = {
    "another_file": Given(200, b"\x01 but damaged", {"content-type": "application/octet-stream"}),
    "cut_off": Given(200, b"", {"content-type": "application/octet-stream"}),
    "not_found": Given(404, b'{"error": {"code": "not_found", "message": "no"}}'),
    "gone": Given(410, b'{"error": {"code": "deleted", "message": "no"}}'),
}


@pytest.mark.requirement("X-03", "X-08")
@pytest.mark.parametrize("bad", BAD)
def test_one_that_cannot_be_fetched_whole_is_tried_again_then_listed_and_its_conversation_stays(
    make_account: MakeAccount, tmp_path: Path, bad: str
) -> None:
    files = [exports.attachment(f"f{n}", bytes([n])) for n in range(3)]
    account = make_account(exports.export(exports.new_account_id("bad-file"), conversations=_of_files(files)))

    def rule(call: Passed) -> Given | None:
        return BAD[bad] if (call.method, call.path) == ("GET", "/v1/inbox/attachments/f1") else None

    with between(account, rule) as proxy:
        report = account.move("chat")
    dump = account.dump(tmp_path)
    fetched = [call.path for call in proxy.passed if call.path.startswith("/v1/inbox/attachments/")]
    assert report["status"] == "done"
    assert report["quarantined"] == [
        {
            "conversation_id": "c1",
            "code": "attachment_unavailable",
            "reason": "attachment f1 cannot be fetched whole",
            "version": 1,
        }
    ]
    assert sorted(fetched) == [f"/v1/inbox/attachments/{one}" for one in ("f0", "f1", "f1", "f1", "f2")]
    assert report["counts"]["conversations"]["moved"] == 2
    assert report["counts"]["conversations"]["quarantined"] == 1
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["c0", "c2"]
    assert sorted(dump.by_id("inbox/conversations.jsonl")) == ["c1"]
    retried = account.stack.invoke(
        "retry_conversations", {"account_id": account.id, "move_id": report["move_id"], "conversation_ids": ["c1"]}
    )
    assert retried == {"moved": ["c1"], "still_quarantined": []}
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")["c1"]
    assert held["messages"][0]["attachments"] == [files[1]]


@pytest.mark.requirement("X-03")
def test_a_fetch_that_fails_for_a_moment_is_tried_again_and_nothing_is_missing(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    files = [exports.attachment(f"f{n}", bytes([n]) * 100) for n in range(10)]
    account = make_account(exports.export(exports.new_account_id("flaky"), conversations=_of_files(files)))
    account.sandbox.faults(account.id, "500=0.2,lost_response=0.1")
    report = account.move("chat")
    counts = account.sandbox.fault_counts(account.id)
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert all(count["done"] > 0 for count in counts.values())
    assert report["status"] == "done"
    assert report["quarantined"] == []
    assert [held[f"c{n}"]["messages"][0]["attachments"] for n in range(10)] == [[file] for file in files]
