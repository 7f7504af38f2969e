"""A client's own authentication, where it is entrusted to deskshift."""

from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import Entrusted, TokenIssuer
from deskshift.model.errors import NotEntrusted
from deskshift.model.oauth import OAuthClient


def listed_client(issuer: TokenIssuer, client_id: str) -> OAuthClient:
    """Find a client as its issuer lists it.

    Raises:
        NotEntrusted: it is not listed.
    """
    found = next((one for one in issuer.clients() if one.id == client_id), None)
    if found is None:
        raise NotEntrusted(client_id)
    return found


def entrusted(wiring: TokenWiring, issuer: TokenIssuer, account_id: str, client_id: str) -> Entrusted:
    """Read a client with its secret.

    Raises:
        NotEntrusted: its authentication is not entrusted to deskshift, or the issuer does not list the client.
    """
    connection = wiring.connections.issuer(account_id)
    if client_id not in connection.entrusted:
        raise NotEntrusted(client_id)
    client = listed_client(issuer, client_id)
    return Entrusted(client=client, secret=wiring.secret(connection.entrusted[client_id]))
