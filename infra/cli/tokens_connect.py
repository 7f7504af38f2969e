"""`deskshift tokens connect`: record how an account's tokens are issued, on a deployed stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boto3

from deskshift.model.errors import DeskshiftError, NotEntrusted, UnknownAccount
from deskshift.model.token_issuers import SupportIssues
from deskshift.store.connections import Connections
from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, InputRefused, RunFailed, bad_option
from infra.cli.move_options import checked_id
from infra.cli.terminal import say
from infra.cli.tokens_entrusting import check_entrusting, entrusted_from_now, no_longer_entrusted
from infra.cli.tokens_issuer import NAMES, read_issuer
from infra.cli.tokens_issuing import asked_line, issuing_of, see_that_none_is_open, told_subdomain
from infra.connections import Target, connect_issuer, known_issuer
from infra.issuers import opened_issuer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from deskshift.connectors.tokens.ports import TokenIssuer
    from deskshift.model.account import Connection
    from deskshift.model.issuer_connection import IssuerConnection
    from deskshift.model.oauth import OAuthClient
    from deskshift.model.token_issuers import IssuedBy

SECRET_VARIABLE = "DESKSHIFT_CLIENT_SECRET_"  # noqa: S105 - the beginning of variables' names
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def run_connect(given: argparse.Namespace, console: Console) -> int:
    """Store the secrets, then the record; print what is still missing for a client to be brokered.

    The secrets, the administrator's token at the issuer and those of entrusted clients, come from the environment or
    from standard input; they are never options, for those stand in process lists. Clients that are not named are not
    entrusted any more; with --keep-secrets and none named, all stay, and none at all only with --entrust-none. Without
    --issuer the issuer stays.

    Raises:
        InputRefused: an option or a client is not as it must be, or AWS refuses; nothing is changed then.
        RunFailed: AWS or the issuer cannot be reached.
    """
    _check(given)
    named = read_issuer(given)
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        vault = boto3.client("secretsmanager", region_name=given.region)
        region = vault.meta.region_name
        target = Target(given.stack, region, stack.output("ConnectionsTableName"), stack.output("HttpApiUrl"), vault)
        connections = Connections(target.connections_table, region)
        connected = _connected(connections, given.account_id)
        known = known_issuer(connections, given.account_id)
        see_that_none_is_open(stack, given.account_id, named, known)
        entrusted = entrusted_from_now(given, known)
        gone = no_longer_entrusted(stack, given.account_id, known, entrusted)
        issuing = issuing_of(given, named, known)
        issuer = opened_issuer(vault, connected, issuing.issued_by, issuing.token)
        clients = _clients(issuer) if entrusted or named is not None else {}
        _see_that_they_may(entrusted, clients)
        _see_that_they_start(issuing.issued_by, clients)
        secrets = _secrets(entrusted, keep=given.keep_secrets)
        try:
            made = connect_issuer(target, given.account_id, issuing, secrets, told_subdomain(given, issuing.issued_by))
        except NotEntrusted as error:
            raise InputRefused(error.code, str(error), "Entrust it without --keep-secrets first.") from None
    _tell(console, made, clients, lists=issuer.offers.lists)
    for client_id in gone:
        say(console, f"No longer entrusted: {client_id}; its secret is deleted.")
    return DONE


def _tell(console: Console, made: IssuerConnection, clients: Mapping[str, OAuthClient], *, lists: bool) -> None:
    say(console, f"Tokens of account {made.account_id} are issued by {NAMES[type(made.issued_by)]}.")
    if not lists:
        say(console, "It does not list all grants: ask for each alone, with --client-id and --agent-id.")
    say(console, f"deskshift's redirect address for it: {made.callback}")
    for client_id in made.entrusted:
        registered = made.callback in clients[client_id].redirect_uris
        otherwise = "reissued directly" if lists else "left to a person"
        missing = "" if registered else f"; {otherwise} until it has that redirect address"
        say(console, f"Entrusted: {client_id}{missing}.")


def _check(given: argparse.Namespace) -> None:
    checked_id(vars(given), "account_id")
    for client_id in given.entrust:
        checked_id({"entrust": client_id}, "entrust")
    check_entrusting(given)
    if given.subdomain is not None and not _SUBDOMAIN.fullmatch(given.subdomain):
        raise bad_option("--subdomain", repr(given.subdomain[:80]), "a name of lower-case letters, digits and hyphens")


def _connected(connections: Connections, account_id: str) -> Connection:
    try:
        return connections.get(account_id)
    except UnknownAccount as error:
        raise InputRefused(error.code, str(error), "Connect it with `deskshift connect` first.") from None


def _clients(issuer: TokenIssuer) -> dict[str, OAuthClient]:
    """List what the issuer has registered, as deskshift will find it."""
    try:
        return {client.id: client for client in issuer.clients()}
    except DeskshiftError as error:
        raise RunFailed(error.code, f"the issuer could not be asked: {error}", error.what_to_do) from None


def _see_that_they_may(entrusted: Sequence[str], clients: Mapping[str, OAuthClient]) -> None:
    for client_id in entrusted:
        if client_id not in clients:
            raise bad_option("--entrust", f"{client_id}, which the issuer does not list", "a client's id at the issuer")
        if not clients[client_id].confidential:
            raise bad_option(
                "--entrust",
                f"{client_id}, a public client: it has no authentication to entrust",
                "confidential clients",
            )


def _see_that_they_start(issued_by: IssuedBy, clients: Mapping[str, OAuthClient]) -> None:
    for client_id, _ in issued_by.starts if clients and isinstance(issued_by, SupportIssues) else ():
        if client_id not in clients:
            raise bad_option("--start", f"{client_id}, which the issuer does not list", "a client's id at the issuer")


def _secrets(entrusted: Sequence[str], *, keep: bool) -> dict[str, str | None]:
    if keep:
        return dict.fromkeys(entrusted)
    return {
        client_id: asked_line(f"{SECRET_VARIABLE}{number}", f"the secret of client {client_id}")
        for number, client_id in enumerate(entrusted, start=1)
    }
