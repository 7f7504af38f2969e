"""Look at an account's issuer as deskshift does, with the token that it is connected with."""

from typing import TYPE_CHECKING

import urllib3

from deskshift.connectors.observer import Unobserved
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.opening import open_issuer

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from deskshift.connectors.tokens.ports import TokenIssuer
    from deskshift.model.account import Connection


def opened_issuer(vault: "SecretsManagerClient", connection: "Connection") -> "TokenIssuer":
    """Open the issuer of a connected account's tokens.

    Raises:
        botocore's ClientError: the token cannot be read.
    """
    token = vault.get_secret_value(SecretId=connection.secret_arn)["SecretString"]
    timeout = urllib3.Timeout(connect=connection.connect_timeout, read=connection.read_timeout)
    clients = open_issuer(
        connection.base_url,
        token,
        connection.requests_per_second,
        timeout,
        calls=Unobserved(),
        correlation=lambda: None,
    )
    return PlatformTokenIssuer(clients, connection.base_url, connection.account_id)
