"""Which issuer an account has from now on: the one that is named, or the one that is recorded; and its secret."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING

import msgspec

from deskshift.model.token_issuers import ChatIssues, HubSpotIssues, PlatformIssues, SupportIssues
from infra.cli.errors import InputRefused
from infra.cli.tokens_issuer import NAMES
from infra.connections import Issuing

if TYPE_CHECKING:
    import argparse

    from deskshift.model.issuer_connection import IssuerConnection
    from deskshift.model.token_issuers import IssuedBy
    from infra.cli.deployed_stack import DeployedStack

TOKEN_VARIABLE = "DESKSHIFT_ISSUER_TOKEN"  # noqa: S105 - a variable's name


def issuing_of(given: argparse.Namespace, named: IssuedBy | None, known: IssuerConnection | None) -> Issuing:
    """Say which issuer the account has from now on, with its administrator's token where a new one is given.

    Args:
        given: the options.
        named: the issuer that they name, if they name one.
        known: what is recorded, if anything is.

    Raises:
        InputRefused: a token is to stay that is not stored, or none is given.
    """
    before = PlatformIssues() if known is None else known.issued_by
    if named is None:
        told = isinstance(before, ChatIssues) and given.subdomain is not None
        return Issuing(msgspec.structs.replace(before, subdomain=given.subdomain) if told else before)
    if not isinstance(named, SupportIssues | ChatIssues):
        return Issuing(named)
    if not given.keep_secrets:
        return Issuing(named, asked_line(TOKEN_VARIABLE, f"the administrator's token at {NAMES[type(named)]}"))
    if isinstance(before, PlatformIssues | HubSpotIssues) or type(before) is not type(named):
        message = f"no administrator's token at {NAMES[type(named)]} is stored for account {given.account_id}"
        raise InputRefused("missing_secret", message, "Connect it without --keep-secrets first.")
    return Issuing(msgspec.structs.replace(named, secret_arn=before.secret_arn))


def see_that_none_is_open(
    stack: DeployedStack, account_id: str, named: IssuedBy | None, known: IssuerConnection | None
) -> None:
    """See that the issuer stays while reissues are open: the ids that they bear mean other tokens at another one.

    Raises:
        InputRefused: another one is named, and some are open.
    """
    if named is None or known is None or _place(named) == _place(known.issued_by):
        return
    pending = stack.invoke("ShowTokensFunctionName", {"account_id": account_id, "what": "pending"})["pending"]
    if pending:
        message = f"--issuer: another issuer, while {len(pending)} reissue(s) of account {account_id} are open"
        raise InputRefused("reissues_open", message, "Let them end, or take them back (`deskshift tokens roll-back`).")


def _place(issued_by: IssuedBy) -> tuple[object, ...]:
    url = None if isinstance(issued_by, PlatformIssues) else issued_by.base_url
    return type(issued_by), url, issued_by.hub_id if isinstance(issued_by, HubSpotIssues) else None


def told_subdomain(given: argparse.Namespace, issued_by: IssuedBy) -> str | None:
    """Give what owners are told; Chat's authorize address always has it."""
    return issued_by.subdomain if isinstance(issued_by, ChatIssues) else given.subdomain


def asked_line(variable: str, what: str) -> str:
    """Take a secret from the environment, from a line of standard input, or ask for it on a terminal.

    Raises:
        InputRefused: there is none.
    """
    value = os.environ.get(variable, "")
    if not value:
        asked = f"{what[0].upper()}{what[1:]}: "
        value = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline()
        value = value.rstrip("\r\n")
    if not value:
        raise InputRefused(
            "missing_secret",
            f"{variable}, {what}, is not set, and no line of standard input has it",
            f"Set {variable}, or give one line for each secret.",
        )
    return value
