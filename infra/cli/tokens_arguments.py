"""The grammar of `deskshift tokens`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

AGENTS = "accept=0.8,decline=0.1,ignore=0.1"
SEED = "1"
_ORDERS = (
    ("invite", "invite somebody again"),
    ("extend", "give somebody more time"),
    ("withdraw", "end a reissue; the old token stays"),
    ("confirm", "say that one was renewed by hand"),
    ("roll-back", "revoke an account's new tokens; the old ones stay"),
)


def add_tokens(parser: argparse.ArgumentParser) -> None:
    """Add the commands of the group."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_reissue(commands.add_parser("reissue", help="reissue one grant, or all of an account", allow_abbrev=False))
    _add_pending(commands.add_parser("pending", help="list who is waited for", allow_abbrev=False))
    _add_report(commands.add_parser("report", help="show what became of each grant", allow_abbrev=False))
    for name, words in _ORDERS:
        _add_order(commands.add_parser(name, help=words, allow_abbrev=False), name)
    _add_connect(commands.add_parser("connect", help="say how an account's tokens are issued", allow_abbrev=False))


def _add_reissue(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="tokens_reissue")
    _add_where(parser)
    add = parser.add_argument
    add("--client-id", metavar="C", help="one client's grant alone (default: all grants of the account)")
    add("--agent-id", metavar="A", help="this agent's grant of the client (default: the client's own)")
    add("--as", dest="operator", metavar="OPERATOR", help="who asks (locally: the first super admin)")
    add("--request-id", metavar="ID", help="the same id twice is one request (default: made of the time)")
    _add_answer(parser)


def _add_pending(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="tokens_pending")
    _add_where(parser)
    _add_day(parser, "the day that is looked at, counted from the invitation (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="tokens_report")
    _add_where(parser)
    _add_day(parser, "the day that is looked at, counted from the invitation (default: once all have ended)")
    parser.add_argument("--batch-id", metavar="ID", help="which request for all grants (default: the newest)")
    _add_answer(parser)


def _add_order(parser: argparse.ArgumentParser, name: str) -> None:
    parser.set_defaults(command="tokens_order", action=name.replace("-", "_"), reissue_id=None, until=None)
    _add_where(parser)
    _add_day(parser, "the day on which it is done, counted from the invitation (default: 1)")
    add = parser.add_argument
    if name != "roll-back":
        add("--reissue-id", required=True, metavar="ID", help="as `tokens pending` and the report name it")
    if name == "extend":
        add("--until", required=True, metavar="TIME", help="the new deadline, RFC 3339")
    add("--as", dest="operator", metavar="OPERATOR", help="who does it (locally: the first super admin)")
    add("--request-id", metavar="ID", help="the id of what is done (default: made of the time)")
    add("--json", action="store_true", help="print JSON instead of words")


def _add_connect(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="tokens_connect")
    add = parser.add_argument
    add("--stack", required=True, metavar="NAME", help="the stack's name in CloudFormation")
    add("--account-id", required=True, metavar="ID")
    add("--region", metavar="R", help="AWS region (default: as AWS's own tools find it)")
    add(
        "--entrust",
        action="append",
        default=[],
        metavar="CLIENT_ID",
        help="a confidential client whose authentication deskshift may use; its secret is asked for",
    )
    add("--entrust-none", action="store_true", help="no client is entrusted any more; their secrets are deleted")
    add("--subdomain", metavar="S", help="what owners have to add to their integrations' authorize address")
    _add_issuer(parser)
    add("--keep-secrets", action="store_true", help="the secrets that are stored stay; none is asked for")


def _add_issuer(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the issuer (docs/tokens.md)").add_argument
    kinds = ("platform", "zendesk-support", "zendesk-chat", "hubspot")
    add("--issuer", choices=kinds, help="who issues the tokens (default: as before; at first the platform)")
    add("--issuer-url", metavar="URL", help="where its API is; its administrator's token is asked for")
    add("--issuer-requests-per-second", metavar="N", help="the account's budget there (default: 10)")
    add("--start", action="append", default=[], metavar="CLIENT_ID=URL", help="where an agent begins to authorize it")
    add("--lists-every-agent", action="store_true", help="an administrator sees the other agents' tokens")
    add("--revokes-one", action="store_true", help="revoking a token leaves the others of its grant")
    add("--hub-id", metavar="N", help="the account's number at HubSpot")
    add("--apps", type=Path, metavar="FILE", help="the account's apps at HubSpot")
    add("--app-url", metavar="URL", help="where its people sign in (default: https://app.hubspot.com)")


def _add_where(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--account", type=Path, metavar="DIR", help="folder of an account export with oauth.json: locally")
    add("--stack", metavar="NAME", help="a deployed stack instead")
    add("--account-id", metavar="ID", help="the account on the deployed stack")
    add("--region", metavar="R", help="AWS region (default: as AWS's own tools find it)")
    add("--agents", metavar="SPEC", help=f"locally: what those who are invited do (default: {AGENTS})")
    add("--seed", metavar="N", help=f"locally: who of them does what (default: {SEED})")


def _add_day(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("--as-of", metavar="DAYS", help=f"locally: {words}")


def _add_answer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, too")
