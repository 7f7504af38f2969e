"""What a move's copies are made by: the status map, who has access, the account's SLA; frozen for an attempt."""

import msgspec

from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Directory
from deskshift.model.errors import StepFailed
from deskshift.model.move import Move, StatusMap


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Every worker of a move makes the same ticket of the same conversation, for all read the same rules."""

    status_map: StatusMap
    with_access: frozenset[str]
    sla: dict[str, object] | None


def _key(move: Move) -> str:
    # Apart from the move's other files, which expire: a quarantined conversation can be tried again for ever.
    return f"rules/{move.account_id}/{move.move_id}.json"


def freeze_rules(wiring: Wiring, directory: Directory, move: Move) -> None:
    """Write the rules down, from the platform as it is now."""
    if move.status_map is None:
        raise StepFailed("the move was never checked: it has no status map")
    access = frozenset(agent.id for agent in directory.agents() if agent.help_desk_access)
    rules = Rules(status_map=move.status_map, with_access=access, sla=directory.account().help_desk.sla)
    wiring.files.put(_key(move), msgspec.json.encode(rules))


def present_rules(wiring: Wiring, directory: Directory, move: Move) -> Rules:
    """Read the rules of a move that may be long done, with access and SLA as they are now.

    The help desk gives a ticket the SLA that the account has when the ticket is made (H-22).
    """
    access = frozenset(agent.id for agent in directory.agents() if agent.help_desk_access)
    return msgspec.structs.replace(read_rules(wiring, move), with_access=access, sla=directory.account().help_desk.sla)


def read_rules(wiring: Wiring, move: Move) -> Rules:
    """Read the rules of a move that has switched."""
    rules = wiring.files.read(_key(move), Rules)
    if rules is None:
        raise StepFailed("the move's rules are gone from the bucket")
    return rules
