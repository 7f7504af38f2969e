"""A reissue at a vendor's issuer: connected by the command, its people authorize at the vendor's small test server."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from deskshift.store.connections import Connections
from infra.cli.main import main
from tests.support import exports
from tests.support.authorizing import Authorizing
from tests.support.issuer_server import Code, Issuer
from tests.support.moves import Account, Json
from tests.support.reissuing import Answer, Reissuing

OLD = "2024-03-01T08:00:00Z"
_numbers = itertools.count(1)


def present() -> datetime:
    """Give the present time."""
    return datetime.now(UTC)


def export(account_id: str, *people: str) -> Json:
    """Make an account whose people have the ids that they have at the vendor."""
    agents = [exports.agent("admin", "super_admin"), *(exports.agent(one) for one in people)]
    return exports.export(account_id, agents=agents)


class AtVendor(Reissuing):
    """One account whose tokens a vendor's issuer makes.

    Args:
        account: connected with its platform.
        server: the vendor's small server; its new tokens are made now.
        secret: of the integration that collects.
        platform_id: the account at the platform, where it has another id there.
    """

    def __init__(self, account: Account, server: Issuer, secret: str, platform_id: str | None = None) -> None:
        self.account, self.stack, self.sandbox, self.id = account, account.stack, account.sandbox, account.id
        self.server, self.secret = server, secret
        self._platform_id = platform_id or account.id
        server.clock = present

    def close(self) -> None:
        """Forget the account's reissues: nobody shall look for them at a server that is gone."""
        table, of_account = self.stack.physical_id("GrantsTable"), {":account": {"S": self.id}}
        client = self.stack.client("dynamodb")
        pages = client.get_paginator("query").paginate(
            TableName=table, KeyConditionExpression="account_id = :account", ExpressionAttributeValues=of_account
        )
        for item in [item for page in pages for item in page["Items"]]:
            client.delete_item(TableName=table, Key={name: item[name] for name in ("account_id", "item")})

    def connect(self, *options: str) -> int:
        """Run `deskshift tokens connect`; what it records has the address at which the local stack is reached."""
        where = ["--stack", self.stack.name, "--region", self.stack.region, "--account-id", self.id]
        ended = main(["tokens", "connect", *where, *options])
        if ended == 0:
            connections = Connections(self.stack.physical_id("ConnectionsTable"), self.stack.region)
            made = connections.issuer(self.id)
            connections.put_issuer(msgspec.structs.replace(made, public_url=self.stack.http_url))
        return ended

    @property
    def callback(self) -> str:
        """Give deskshift's redirect address for the account."""
        return f"{self.stack.http_url}/oauth/{self.id}/callback"

    def letters(self, agent_id: str) -> list[Json]:
        """Read what was written to an agent, the newest last."""
        return [one for one in self.sandbox.state(self._platform_id)["messages"] if one["agent_id"] == agent_id]

    def authorize(self, agent_id: str, *, as_: str | None = None, scopes: str | None = None) -> Answer:
        """Let an agent press the page's button, and somebody accept at the vendor; the browser comes back."""
        at = Authorizing.begun(self, agent_id)
        asked = at.query
        code = f"canary-code-{next(_numbers)}"
        self.server.codes[code] = Code(
            client=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            agent=int(as_ or agent_id),
            scopes=scopes or asked["scope"],
            challenge=asked.get("code_challenge"),
        )
        back = urlencode({"code": code, "state": asked["state"]})
        return replace(at, address=f"{asked['redirect_uri']}?{back}").back()

    def collected(self, client_id: str, agent_id: str) -> Json:
        """Let the integration collect a grant's new token, and say that it has it."""
        reissue_id = self.of(client_id, agent_id).reissue_id
        token: Json = self.collect(client_id=client_id, reissue_id=reissue_id).json
        said = self.collect(client_id=client_id, reissue_id=reissue_id, acknowledge="true")
        assert said.json == {"acknowledged": True}
        return token

    def secrets(self) -> dict[str, str]:
        """Read the secrets that are kept for the account's issuer, by the ends of their names."""
        vault = self.stack.client("secretsmanager")
        begin = f"{self.stack.name}/connections/{self.id}/"
        pages = vault.get_paginator("list_secrets").paginate()
        names = [one["Name"] for page in pages for one in page["SecretList"] if one["Name"].startswith(begin)]
        ends = {name: name.removeprefix(begin) for name in names}
        return {
            end: vault.get_secret_value(SecretId=name)["SecretString"]
            for name, end in ends.items()
            if end.startswith(("api-", "client-"))
        }
