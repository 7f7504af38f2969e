"""What an inventory finds: every grant, every client byte for byte, and which routes there are (Z-17, Z-19)."""

from http import HTTPStatus

import msgspec

from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.report import digest
from deskshift.domain.tokens.routing import Ways
from deskshift.model.errors import GrantsNotListed, VendorRefused
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.oauth import Grant


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The inventory as it was taken; `digests` are of the clients' documents."""

    known: Known
    grants: tuple[Grant, ...]
    ways: Ways
    digests: dict[str, str]


def read_found(wiring: TokenWiring, account_id: str) -> Found:
    """Take the inventory of an account.

    Raises:
        UnknownAccount: no connection is recorded.
        GrantsNotListed: a part of them would pass for all.
    """
    issuer = wiring.issuer(account_id)
    if not issuer.offers.lists:
        raise GrantsNotListed(account_id)
    known = read_known(wiring, account_id, issuer)
    return Found(
        known=known,
        grants=tuple(issuer.grants()),
        ways=ways(issuer, wiring.connections.issuer(account_id)),
        digests=digests(issuer, known),
    )


def digests(issuer: TokenIssuer, known: Known) -> dict[str, str]:
    """Digest what the API shows of each client now; one that is gone has none."""
    documents = {name: _document(issuer, name) for name in known.clients}
    return {name: digest(document) for name, document in documents.items() if document is not None}


def _document(issuer: TokenIssuer, client_id: str) -> bytes | None:
    try:
        return issuer.client_document(client_id)
    except VendorRefused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def ways(issuer: TokenIssuer, connection: IssuerConnection) -> Ways:
    """Put together which routes there are for an account's grants."""
    return Ways(
        lists=issuer.offers.lists,
        pkce=issuer.offers.pkce,
        callback=connection.callback,
        entrusted=frozenset(connection.entrusted),
    )
