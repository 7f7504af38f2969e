"""What is there in the end: on the platform, by an oracle that knows nothing of deskshift, and in our own state."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.integration.cli.dump_check import Question, check
from tests.support.looking import files
from tests.support.moves import Account, Dump, Json

QUEUES = ("ChannelMovesQueue", "ChannelMovesDeadLetterQueue", "ChangesQueue", "ChangesDeadLetterQueue")
COMPARED = ("status", "counts", "quarantined", "differences", "late_replies", "refusals", "warnings", "channel_id")


@dataclass(frozen=True)
class End:
    """What is wrong by itself, and what must be the same as after a run that nothing disturbed (no times in it)."""

    problems: tuple[str, ...]
    state: Json

    def differs_from(self, undisturbed: "End") -> list[str]:
        """Name every problem, and every part of the state that is another one."""
        found = list(self.problems)
        for part, wanted in undisturbed.state.items():
            if self.state[part] != wanted:
                found.append(f"{part}: {json.dumps(self.state[part])[:600]} instead of {json.dumps(wanted)[:600]}")
        return found


def end_of(account: Account, move: str, export: Mapping[str, Any], history: str, folder: Path) -> End:
    """Look at everything that a move leaves behind.

    Args:
        account: whose move.
        move: its id.
        export: the account before, as the sandbox was seeded with.
        history: all or none.
        folder: where the dump and the export can be written.
    """
    _write(export, folder / "export")
    dump = account.dump(folder / "dump")
    status = account.status(move)
    found = [] if status in {"done", "cancelled"} else [f"the move is {status}"]
    outcome = "stayed" if status == "cancelled" else history
    found += check(folder / "export", folder / "dump", Question("chat", outcome))
    found += _parts_left_out(account, move)
    left = _left_behind(account)
    found += [f"{what} left behind: {left[what]}" for what in ("files", "messages", "holder") if left[what]]
    report = account.show(move)["report"] or {}
    state = {
        "platform": _platform(account, dump),
        "report": {name: report.get(name) for name in COMPARED},
        "id map": _id_map(account),
        # A worker that wakes after the end may still note what to read again, which nobody does any more.
        "notes": left["notes"],
    }
    return End(tuple(found), state)


def _write(export: Mapping[str, Any], folder: Path) -> None:
    folder.mkdir()
    (folder / "account.json").write_text(json.dumps(export["account"]), encoding="utf-8")
    for name in ("agents", "channels", "conversations", "tickets"):
        lines = "".join(json.dumps(row) + "\n" for row in export[name])
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def _platform(account: Account, dump: Dump) -> Json:
    """Show who is where with what; times and the ids of created tickets are other ones in each run."""
    sides: Json = {}
    for side in ("inbox", "help_desk"):
        tickets = dump.by_id(f"{side}/tickets.jsonl")
        sides[side] = sorted(
            (
                [
                    _kind(str(row.get("legacy_id", row["id"]))),
                    row["status"],
                    row["owner_id"],
                    row["archived"],
                    [message["text"] for message in row["messages"]],
                    [file["sha256"] for message in row["messages"] for file in message["attachments"]],
                    _ticket(tickets.get(row["ticket_id"])) if row["ticket_id"] else None,
                ]
                for row in dump.rows(f"{side}/conversations.jsonl")
            ),
            key=json.dumps,
        )
    state = account.sandbox.state(account.id)
    return {**sides, "open": {name: state[name] for name in ("banner", "notifications", "subscriptions")}}


def _kind(identifier: str) -> str:
    """Show an id; one that the sandbox made while the run went on may have another number in each run."""
    return identifier if not identifier.rsplit("-", 1)[-1].isdecimal() else "made meanwhile"


def _ticket(ticket: Json | None) -> object:
    return None if ticket is None else [ticket["subject"], ticket["status"], ticket["owner_id"]]


def items(account: Account, table: str) -> list[Json]:
    """Read a table's items as they are stored."""
    held: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][account.stack.region].tables[account.stack.physical_id(table)]
    return [item.to_json()["Attributes"] for item in held.all_items()]


def _id_map(account: Account) -> list[list[str]]:
    names = ("item", "state", "channel_id", "move_id")
    return sorted([item[name]["S"] for name in names if name in item] for item in items(account, "IdMapTable"))


def _left_behind(account: Account) -> dict[str, list[str]]:
    """Show what must not outlive the move: files with words, notes, messages, the slot, open executions."""
    line = [item for item in items(account, "MovesTable") if item["item"]["S"] == "line"]
    kinds = sorted(item["item"]["S"].partition("#")[0] for item in items(account, "WorkTable"))
    return {
        "files": sorted(key for key in files(account, "") if "/parts/" in key),
        "notes": [kind for kind in kinds if kind not in {"part", "late"}],
        "messages": [queue for queue in QUEUES if account.stack.queue_messages(queue)],
        "holder": [item["holder"]["S"] for item in line if _keeps(account, item)],
    }


def _parts_left_out(account: Account, move: str) -> list[str]:
    """Name parts that the listing counted and that nobody recorded or imported.

    Their conversations arrive all the same, for the second listing finds them: only here can it be seen.
    """
    body = next(item["body"]["S"] for item in items(account, "MovesTable") if item["item"]["S"] == f"move#{move}")
    record = json.loads(body)
    if record["status"] != "done":
        return []
    rows = [json.loads(item["body"]["S"]) for item in items(account, "WorkTable") if item["item"]["S"][:5] == "part#"]
    done = {row["number"] for row in rows if row["done"]}
    return [f"part {n} was never imported" for n in range(1, record["listing"]["parts"] + 1) if n not in done]


def _keeps(account: Account, line: Json) -> bool:
    """Say whether somebody keeps the slot; one that has ended does not, for the next one takes it."""
    return "holder" in line and account.status(line["holder"]["S"]) not in {"done", "cancelled"}
