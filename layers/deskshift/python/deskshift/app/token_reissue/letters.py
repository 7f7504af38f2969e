"""Write to agents and to integrations' owners; each letter has an id, so that the platform sends it once."""

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.carry_out import carry_out, is_sealed, save
from deskshift.app.token_reissue.known import Known
from deskshift.app.token_reissue.links import invitation_link
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.routing import safe_start
from deskshift.domain.tokens.texts import Invited, Letter, Owned, hints, invitation, reminder, to_owner
from deskshift.domain.tokens.transitions import failed, invitation_sent
from deskshift.model.errors import StartNotSafe
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.reissue import Reissue

_WITH_A_LINK = frozenset({"direct", "brokered"})


def invite(wiring: TokenWiring, connection: IssuerConnection, known: Known, reissue: Reissue) -> Reissue:
    """Send the latest invitation if it is not sent; what needs no person's authorization has none.

    A reissue whose agent has left ends: nobody else may authorize. Where the integration's own start is not safe (any
    more), nothing is sent: the hourly look tries again.

    Raises:
        VendorUnavailable: it may not be sent; the next try sends it, or finds that it was.
        LateWriter: somebody else was faster.
    """
    if not reissue.is_open or reissue.invitations_sent == reissue.invitations:
        return reissue
    if reissue.route in _WITH_A_LINK:
        if reissue.agent_id not in known.agents:
            return _ended(wiring, reissue)
        if not start_is_safe(known, reissue):
            extra = {"reissue_id": reissue.reissue_id, "error_code": StartNotSafe.code}
            logger.warning(Event.REMINDER_PUT_OFF, extra=extra)
            count(Metric.REMINDERS_PUT_OFF)
            return reissue
        letter = invitation(known.locale(reissue.agent_id), _invited(wiring, connection, known, reissue))
        _send(wiring, reissue, f"invitation-{reissue.invitations}", letter)
    return save(wiring, invitation_sent(reissue).after)


def _ended(wiring: TokenWiring, reissue: Reissue) -> Reissue:
    """End a reissue whose agent has left, and say what is of the old token: it may have been revoked with that.

    What an exchange has left sealed is first taken back by the watch, which has to have it at hand for that.
    """
    gone = failed(reissue, "the agent is not in the account any more", wiring.clock())
    if not gone.changed or is_sealed(wiring, reissue):
        return reissue
    return carry_out(wiring, wiring.issuer(reissue.account_id), gone)


def start_is_safe(known: Known, reissue: Reissue) -> bool:
    """Say whether the agent can be sent to where they authorize: the integration's own start as it is now."""
    return reissue.route != "direct" or safe_start(known.start(reissue.client_id))


def check_start(known: Known, reissue: Reissue) -> None:
    """Refuse to send people to where nobody may be sent.

    Raises:
        StartNotSafe: the integration's owner has to correct it.
    """
    if not start_is_safe(known, reissue):
        raise StartNotSafe(reissue.client_id)


def is_reminded(reissue: Reissue) -> bool:
    """Say whether there is a person to remind: of what needs nobody's authorization no letter is written."""
    return reissue.route in _WITH_A_LINK


def remind(wiring: TokenWiring, connection: IssuerConnection, known: Known, reissue: Reissue, number: int) -> bool:
    """Send a reminder; False if there is nobody (any more) to send it to.

    Raises:
        VendorUnavailable: it may not be sent.
    """
    if not is_reminded(reissue) or reissue.agent_id not in known.agents:
        return False
    letter = reminder(known.locale(reissue.agent_id), _invited(wiring, connection, known, reissue))
    _send(wiring, reissue, f"reminder-{reissue.invitations}-{number}", letter)
    return True


def tell_owners(
    wiring: TokenWiring, connection: IssuerConnection, known: Known, policy: TokensPolicy, batch_id: str
) -> None:
    """Write to the owner of each integration what to change in it; an integration without an owner is in the report.

    Raises:
        VendorUnavailable: some may not be sent; sent again they are the same letters.
    """
    messages = wiring.platform(connection.account_id).notices
    for client in known.clients.values():
        if client.owner_id is None or client.owner_id not in known.agents:
            continue
        found = hints(
            client,
            brokered=client.id in connection.entrusted,
            legacy_address=connection.legacy_address,
        )
        facts = Owned(
            name=known.agents[client.owner_id].name,
            client=client.name,
            account=known.account.name,
            subdomain=connection.subdomain,
            hints=found,
            collection_minutes=policy.collection_minutes,
        )
        letter = to_owner(known.locale(client.owner_id), facts)
        messages.send(f"{batch_id}-owner-{client.id}", client.owner_id, letter.subject, letter.body)


def _invited(wiring: TokenWiring, connection: IssuerConnection, known: Known, reissue: Reissue) -> Invited:
    agent = known.agents[reissue.agent_id or ""]
    client = known.clients.get(reissue.client_id)
    page = invitation_link(wiring, connection, reissue)
    start = known.start(reissue.client_id)
    return Invited(
        name=agent.name,
        client=reissue.client_id if client is None else client.name,
        account=known.account.name,
        deadline=reissue.deadline,
        time_zone=known.account.time_zone,
        link=start if reissue.route == "direct" and start is not None else page,
        decline_link=page,
    )


def _send(wiring: TokenWiring, reissue: Reissue, what: str, letter: Letter) -> None:
    notices = wiring.platform(reissue.account_id).notices
    notices.send(f"{reissue.reissue_id}-{what}", reissue.agent_id or "", letter.subject, letter.body)
