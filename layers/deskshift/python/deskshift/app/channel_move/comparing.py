"""Compare copies with their source; name what differs."""

from collections import Counter
from collections.abc import Sequence

from deskshift.app.channel_move.rules import Rules
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.content import digest, expected_content, held_content, import_item
from deskshift.domain.differences import WHOLE, differences, extra, missing
from deskshift.domain.tickets import ticket_for
from deskshift.model.conversation import Conversation, HelpDeskConversation, MovedTo
from deskshift.model.listing import ImportedRow
from deskshift.model.move import Difference, MappedId, Move
from deskshift.model.writing import Release
from deskshift.store.work import Reread

_AT_ONCE = 100


def compare(platform: Platform, rules: Rules, copied: Sequence[MappedId]) -> tuple[list[Release], list[Difference]]:
    """Read copies back and compare them with the digest of what was read from the source in the same version.

    Returns:
        What may be released, and what differs, field by field.
    """
    answer = platform.help_desk.held([entry.conversation_id for entry in copied]) if copied else None
    by_id: dict[str, list[HelpDeskConversation]] = {}
    for held in answer.items if answer else ():
        by_id.setdefault(held.external_id or "", []).append(held)
    releases: list[Release] = []
    found: list[Difference] = []
    suspect: list[tuple[MappedId, HelpDeskConversation]] = []
    for entry in copied:
        copies = by_id.get(entry.conversation_id, [])
        if len(copies) != 1:
            found.append(extra(entry.conversation_id, len(copies)) if copies else missing(entry.conversation_id))
        elif digest(held_content(copies[0])) == entry.digest and not _ids(entry, copies[0]):
            releases.append(Release(entry.conversation_id, entry.version, MovedTo(entry.target_id, entry.ticket_id)))
        else:
            suspect.append((entry, copies[0]))
    return releases, found + _named(platform, rules, suspect)


def _named(
    platform: Platform, rules: Rules, suspect: Sequence[tuple[MappedId, HelpDeskConversation]]
) -> list[Difference]:
    """Read the sources of differing copies again, for a digest cannot say which field it is."""
    if not suspect:
        return []
    answer = platform.inbox.read([entry.conversation_id for entry, _ in suspect])
    source = {conversation.id: conversation for conversation in answer.items}
    found: list[Difference] = []
    for entry, held in suspect:
        now = source.get(entry.conversation_id)
        # Gone or changed since: its newer version is copied and verified in the next round.
        if now is not None and now.version == entry.version:
            # If no field differs now, it did when it was recorded: the copy is made anew all the same.
            named = [*_ids(entry, held), *_fields(now, held, rules)]
            found += named or [Difference(now.id, WHOLE, "as it is now", "recorded otherwise")]
    return found


def _ids(entry: MappedId, held: HelpDeskConversation) -> list[Difference]:
    """Compare the help desk's own ids, which are in no digest, with those that it answered when it was written."""
    ids = (
        ("id", entry.target_id, held.id),
        ("ticket_id", entry.ticket_id, held.ticket_id),
        ("ticket.id", entry.ticket_id, held.ticket.id if held.ticket else None),
    )
    return [
        Difference(entry.conversation_id, field, recorded, found or "absent")
        for field, recorded, found in ids
        if recorded != found
    ]


def _fields(source: Conversation, held: HelpDeskConversation, rules: Rules) -> list[Difference]:
    item = import_item(source, ticket_for(source, rules.status_map, rules.with_access))
    return differences(expected_content(item, rules.sla), held_content(held))


def extras(
    wiring: Wiring, platform: Platform, move: Move, rows: Sequence[ImportedRow]
) -> tuple[list[Difference], list[Reread]]:
    """Look at what the help desk holds as imported and tell what should not be there, or not twice.

    Returns:
        Differences, and conversations to read again: written but never recorded, because a run died in between.
    """
    known = wiring.id_map.get(move.account_id, [row.external_id for row in rows])
    times = Counter(row.external_id for row in rows)
    found = [extra(one, n) for one, n in times.items() if n > 1]
    strange = [
        row.external_id
        for row in rows
        if times[row.external_id] == 1 and (row.external_id not in known or known[row.external_id].state != "copied")
    ]
    again: list[Reread] = []
    for start in range(0, len(strange), _AT_ONCE):
        answer = platform.inbox.read(strange[start : start + _AT_ONCE])
        again += [Reread(c.id, f"unrecorded:{c.version}") for c in answer.items if c.moved_to is None]
        again += [Reread(m.id, f"{m.reason}:{m.version}") for m in answer.missing if m.reason != "not_found"]
        found += [extra(m.id, 1) for m in answer.missing if m.reason == "not_found"]
    return found, again
