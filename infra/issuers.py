"""Look at an account's issuer as deskshift does, with the token that it is connected with."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from deskshift.connectors.issuers import reach_of, timeout_of, token_issuer
from deskshift.connectors.observer import Unobserved
from deskshift.connectors.tokens.opening import open_issuer

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from deskshift.connectors.http import Token
    from deskshift.connectors.tokens.ports import TokenIssuer
    from deskshift.model.account import Connection
    from deskshift.model.token_issuers import IssuedBy


def opened_issuer(
    vault: "SecretsManagerClient", connection: "Connection", issued_by: "IssuedBy", token: str | None = None
) -> "TokenIssuer":
    """Open the issuer of a connected account's tokens.

    Args:
        vault: where the secrets are.
        connection: the account's, with its platform.
        issued_by: which issuer it is.
        token: an administrator's that is not stored yet; None: the stored one.

    The stored token is read with the first call: from a call on, botocore's ClientError says that it cannot be read.
    """
    reach = reach_of(issued_by, lambda: connection)
    clients = open_issuer(
        reach.base_url,
        _stored(vault, reach.secret_arn) if token is None else token,
        reach.requests_per_second,
        timeout_of(reach),
        calls=Unobserved(),
        correlation=lambda: None,
    )
    return token_issuer(connection.account_id, issued_by, reach, clients, lambda: datetime.now(UTC))


def _stored(vault: "SecretsManagerClient", arn: str | None) -> "Token":
    return None if arn is None else cache(lambda: vault.get_secret_value(SecretId=arn)["SecretString"])
