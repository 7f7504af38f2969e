"""A client's own authentication, where it is entrusted to deskshift."""

from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import Entrusted, TokenIssuer
from deskshift.model.errors import NotEntrusted


def entrusted(wiring: TokenWiring, issuer: TokenIssuer, account_id: str, client_id: str) -> Entrusted:
    """Read a client with its secret.

    Raises:
        NotEntrusted: its authentication is not entrusted to deskshift, or the issuer does not list the client.
    """
    connection = wiring.connections.issuer(account_id)
    client = next((one for one in issuer.clients() if one.id == client_id), None)
    if client is None or client_id not in connection.entrusted:
        raise NotEntrusted(client_id)
    return Entrusted(client=client, secret=wiring.secret(connection.entrusted[client_id]))
