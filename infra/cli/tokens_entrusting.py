"""Which clients are entrusted from now on, and that none is left out by mistake: its secret is deleted then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.cli.errors import InputRefused, bad_option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Sequence

    from deskshift.model.issuer_connection import IssuerConnection
    from infra.cli.deployed_stack import DeployedStack


def check_entrusting(given: argparse.Namespace) -> None:
    """See that each client is named once, and that none is named where none is to be.

    Raises:
        InputRefused: naming the option.
    """
    if len(set(given.entrust)) < len(given.entrust):
        raise bad_option("--entrust", ", ".join(given.entrust), "each client once")
    if given.entrust_none and (given.entrust or given.keep_secrets):
        other = "--entrust" if given.entrust else "--keep-secrets"
        raise bad_option("--entrust-none", f"{other} beside it", "it alone")


def entrusted_from_now(given: argparse.Namespace, known: IssuerConnection | None) -> Sequence[str]:
    """Name the clients: those of the options, or with --keep-secrets and none named those of the record.

    Raises:
        InputRefused: none is named, some are entrusted, and nobody said that they shall not be any more.
    """
    recorded = () if known is None else tuple(known.entrusted)
    if given.entrust or given.entrust_none:
        return list(given.entrust)
    if recorded and not given.keep_secrets:
        raise bad_option(
            "--entrust",
            f"nothing, while these clients are entrusted: {', '.join(recorded)}",
            "the clients that are entrusted from now on; --keep-secrets, all stay; --entrust-none, their secrets go",
        )
    return recorded


def no_longer_entrusted(
    stack: DeployedStack, account_id: str, known: IssuerConnection | None, entrusted: Collection[str]
) -> list[str]:
    """Name the clients whose secrets will be deleted.

    Raises:
        InputRefused: one has open reissues that need its secret: nobody could end them.
    """
    gone = [] if known is None else [client_id for client_id in known.entrusted if client_id not in entrusted]
    if not gone:
        return []
    pending = stack.invoke("ShowTokensFunctionName", {"account_id": account_id, "what": "pending"})["pending"]
    for client_id in gone:
        waiting = [one for one in pending if one["client_id"] == client_id and one["route"] == "brokered"]
        if waiting:
            message = f"--entrust: without {client_id}, while {len(waiting)} brokered reissue(s) of it are open"
            what_to_do = f"Let them end, or withdraw them (`deskshift tokens withdraw --stack {stack.name} …`)."
            raise InputRefused("brokered_open", message, what_to_do)
    return gone
