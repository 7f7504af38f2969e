"""Copy conversations to the help desk, exactly once as far as another system lets us.

An upsert under the id in the source needs no claim of its own. What was written is recorded by one conditional put for
each conversation; if a run dies in between, the same upsert is done again and changes nothing. An older version never
replaces a newer one, neither in the help desk nor in the id map.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from deskshift.app.channel_move.attachments import carry
from deskshift.app.channel_move.quarantine import lift, set_aside
from deskshift.app.channel_move.rules import Rules
from deskshift.app.channel_move.writing import write
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.content import digest, expected_content, history_digest, import_item
from deskshift.domain.tickets import ticket_for
from deskshift.model.conversation import Conversation
from deskshift.model.move import MappedId, Move, Quarantined
from deskshift.model.writing import ImportItem, ImportOutcome

_GROUP = 50
_GROUP_FILES = 40


def copy(  # noqa: PLR0913 - what is copied, by which rules, and for how long
    wiring: Wiring,
    platform: Platform,
    move: Move,
    rules: Rules,
    conversations: Sequence[Conversation],
    *,
    go_on: Callable[[], bool] = lambda: True,
    lift_aside: bool = True,
) -> bool:
    """Copy those conversations whose recorded version is older than what was read; the others are done already.

    They are carried, written and recorded in small groups: a run that dies does one group again, and `go_on` is asked
    before each. `lift_aside` takes out of quarantine what could be copied.

    Returns:
        False if the time ran out before all were looked at.
    """
    known = wiring.id_map.get(move.account_id, [c.id for c in conversations])
    needed = [c for c in conversations if _needed(c, known.get(c.id))]
    copied: set[str] = set()
    finished = True
    for group in _groups(needed):
        if not go_on():
            finished = False
            break
        copied.update(_copy_group(wiring, platform, move, rules, group, known))
    if lift_aside:
        left = {c.id for c in needed}
        copied.update(c.id for c in conversations if c.id not in left and known[c.id].version == c.version)
        lift(wiring, move, copied)
    return finished


def _needed(conversation: Conversation, known: MappedId | None) -> bool:
    if known is None or known.version < conversation.version:
        return True
    # It left this channel and came back, or was set aside or found wrong: its copy was taken back.
    return known.state == "departed" and known.version == conversation.version


def _groups(conversations: Sequence[Conversation]) -> Iterator[list[Conversation]]:
    group: list[Conversation] = []
    files = 0
    for conversation in conversations:
        count = len(conversation.attachments())
        if group and (len(group) == _GROUP or files + count > _GROUP_FILES):
            yield group
            group, files = [], 0
        group.append(conversation)
        files += count
    if group:
        yield group


def _copy_group(  # noqa: PLR0913, PLR0917 - as above, and what was recorded before
    wiring: Wiring,
    platform: Platform,
    move: Move,
    rules: Rules,
    group: Sequence[Conversation],
    known: Mapping[str, MappedId],
) -> list[str]:
    """Copy a group and give the ids that the help desk holds now as they were read."""
    items: list[ImportItem] = []
    refused: list[Quarantined] = []
    for conversation in group:
        match carry(platform, conversation):
            case Quarantined() as failure:
                refused.append(failure)
            case "carried":
                ticket = ticket_for(conversation, rules.status_map, rules.with_access)
                items.append(import_item(conversation, ticket))
            case "overtaken":
                logger.info(Event.CONVERSATION_OVERTAKEN, extra={"conversation_id": conversation.id})
    outcomes = list(write(platform.help_desk, items, platform.inbox.offers.batch))
    entries, rejected = _sorted(items, outcomes, move, rules)
    wiring.id_map.put(
        move.account_id,
        [
            msgspec.structs.replace(entry, revision=known[entry.conversation_id].revision)
            if entry.conversation_id in known
            else entry
            for entry in entries
        ],
    )
    count(Metric.CONVERSATIONS_COPIED, len(entries))
    for item in (*refused, *rejected):
        set_aside(wiring, platform, move, item)
    return [entry.conversation_id for entry in entries]


def _sorted(
    items: Sequence[ImportItem], outcomes: Sequence[ImportOutcome], move: Move, rules: Rules
) -> tuple[list[MappedId], list[Quarantined]]:
    """Tell what to record from what to set aside; stale, live and tombstoned items are somebody else's newer work."""
    by_id = {outcome.external_id: outcome for outcome in outcomes}
    entries: list[MappedId] = []
    refused: list[Quarantined] = []
    for item in items:
        outcome = by_id.get(item.external_id)
        if outcome is None:
            refused.append(_aside(item, "no_answer", "the help desk's answer does not name it"))
        elif outcome.refused:
            refused.append(_aside(item, "rejected_by_help_desk", outcome.reason or outcome.code))
        elif outcome.holds_what_was_sent:
            entries.append(_mapped(item, outcome, move, rules))
    return entries, refused


def _aside(item: ImportItem, code: str, reason: str) -> Quarantined:
    return Quarantined(conversation_id=item.external_id, code=code, reason=reason, version=item.source_version)


def _mapped(item: ImportItem, outcome: ImportOutcome, move: Move, rules: Rules) -> MappedId:
    return MappedId(
        conversation_id=item.external_id,
        channel_id=item.channel_id,
        move_id=move.move_id,
        version=item.source_version,
        state="copied",
        digest=digest(expected_content(item, rules.sla)),
        history_digest=history_digest(item, len(item.messages)),
        target_id=outcome.conversation_id or item.external_id,
        ticket_id=outcome.ticket_id or "",
        source_ticket_id=item.ticket.external_id,
        messages=len(item.messages),
        attachments=sum(len(message.attachments) for message in item.messages),
    )
