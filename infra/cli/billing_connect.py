"""`deskshift billing connect`: record where an account is billed, on a deployed stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

from deskshift.model.errors import UnknownAccount
from deskshift.store.connections import Connections
from infra.cli.connect import asked_secret
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, InputRefused
from infra.cli.move_options import checked_id
from infra.cli.terminal import say
from infra.cli.zuora_tenant import read_tenant
from infra.connections import Target, connect_billing

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

CLIENT_ID_VARIABLE = "DESKSHIFT_ZUORA_CLIENT_ID"
CLIENT_SECRET_VARIABLE = "DESKSHIFT_ZUORA_CLIENT_SECRET"  # noqa: S105 - a variable's name


def run_connect(given: argparse.Namespace, console: Console) -> int:
    """Store the OAuth client's credentials, then the record of the tenant; or forget the record.

    The credentials come from the environment, or are asked for; they are never options, for those stand in process
    lists.

    Raises:
        InputRefused: an option or the file is wrong, or AWS refuses; nothing is changed then.
        RunFailed: AWS cannot be reached.
    """
    checked_id(vars(given), "account_id")
    tenant = None if given.zuora is None else read_tenant(given.zuora)
    credentials = None if tenant is None or given.keep_secrets else _credentials()
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        vault = boto3.client("secretsmanager", region_name=given.region)
        region = vault.meta.region_name
        target = Target(given.stack, region, stack.output("ConnectionsTableName"), stack.output("HttpApiUrl"), vault)
        if tenant is None:
            Connections(target.connections_table, region).forget_billing(given.account_id)
            say(console, f"Account {given.account_id} is billed by its platform.")
            return DONE
        try:
            connect_billing(target, given.account_id, tenant, credentials)
        except UnknownAccount as error:
            raise InputRefused(error.code, str(error), "Connect it without --keep-secrets first.") from None
    accounts = ", ".join(f"{product} {number}" for product, number in tenant.accounts.items())
    say(console, f"Account {given.account_id} is billed in Zuora at {tenant.base_url}: {accounts}.")
    return DONE


def _credentials() -> str:
    client_id = asked_secret(CLIENT_ID_VARIABLE, "Id of the tenant's OAuth client: ")
    client_secret = asked_secret(CLIENT_SECRET_VARIABLE, "Its secret: ")
    return json.dumps({"client_id": client_id, "client_secret": client_secret})
