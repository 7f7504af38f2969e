"""The report of the reissue of one grant on a local stack: there is no request for all that the stack reports on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from deskshift.domain.tokens.report import Before, build, digest
from deskshift.model.token_issuers import PlatformIssues
from deskshift.store.connections import Connections
from deskshift.store.grants import Grants
from infra.issuers import opened_issuer
from infra.local import accounts

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


class ClientBefore:
    """What the issuer showed of a client before its grant was reissued."""

    def __init__(self, stack: LocalStack, account_id: str, client_id: str) -> None:
        target = accounts.target_of(stack)
        connection = Connections(target.connections_table, target.region).get(account_id)
        self._issuer = opened_issuer(target.vault, connection, PlatformIssues())  # a sandbox's platform
        self._client_id = client_id
        self.digests = self.now()

    def now(self) -> dict[str, str]:
        """Give what it shows now, as a digest; nothing of a client that it does not list."""
        if all(client.id != self._client_id for client in self._issuer.clients()):
            return {}
        return {self._client_id: digest(self._issuer.client_document(self._client_id))}


def one_grant(
    stack: LocalStack, account_id: str, grant: tuple[str, str | None], before: ClientBefore
) -> dict[str, Any]:
    """Report on one grant, in the form of every report."""
    reissues = Grants(stack.physical_id("GrantsTable"), stack.region).of_account(account_id)
    of_grant = [one for one in reissues if (one.client_id, one.agent_id) == grant]
    found = Before(grants=(grant,), clients=before.digests, to_check=())
    shown: dict[str, Any] = msgspec.to_builtins(build(account_id, None, found, of_grant, before.now()))
    return shown
