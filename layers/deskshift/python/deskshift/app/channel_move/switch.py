"""Switch the channel: its settings to the help desk, then its new conversations too (H-10, H-11)."""

import msgspec

from deskshift.app.channel_move.rules import freeze_rules
from deskshift.app.channel_move.steps import StepInput, StepResult, result, running
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.differences import channel_differences
from deskshift.model.errors import SettingsDiffer, StepFailed
from deskshift.model.move import Move


def switch(wiring: Wiring, step: StepInput) -> StepResult:
    """Write the settings, read them back, and only then let new conversations go to the help desk.

    Raises:
        SettingsDiffer: the help desk shows other settings than were written.
    """
    move = running(wiring, step, "switch")
    platform = wiring.platform(move.account_id)
    freeze_rules(wiring, platform.directory, move)
    if not move.switched:
        move = _settings(wiring, platform, move)
        platform.switchboard.switch(move.request.channel_id)
        move = wiring.moves.save(msgspec.structs.replace(move, switched=True, progressed_at=wiring.now()))
    return result(move)


def _settings(wiring: Wiring, platform: Platform, move: Move) -> Move:
    channel = platform.directory.inbox_channel(move.request.channel_id)
    if channel is None:
        raise StepFailed(f"channel {move.request.channel_id} left the inbox after it was checked")
    platform.switchboard.put_channel(channel)
    held = platform.directory.help_desk_channel(channel.id)
    if held is None:
        raise StepFailed(f"the help desk does not show channel {channel.id} after it was written")
    differing = tuple(channel_differences(channel, held))
    if differing != move.channel_differences:
        move = wiring.moves.save(msgspec.structs.replace(move, channel_differences=differing))
    if differing:
        raise SettingsDiffer(", ".join(difference.field for difference in differing))
    return move
