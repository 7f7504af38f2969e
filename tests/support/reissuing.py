"""A reissue of tokens on a stack, as its people do it: a queue asks, agents follow their letters, integrations collect.

The account has agents who read different languages, and a client for each route.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from unittest.mock import patch
from urllib.parse import urlencode

import msgspec
import urllib3

from deskshift.app.token_reissue import one_grant, remind
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.domain.tokens.ids import grant_key
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.reissue import Reissue
from deskshift.store.connections import Connections
from deskshift.store.grants import Grants
from infra.local.clock import set_to
from infra.local.players.agents import Agents, Invitation, Played
from infra.local.players.fractions import Choice
from tests.support import exports
from tests.support.moves import LONG, Account, Json

QUEUE, DEAD_LETTERS = "TokenReissuesQueue", "TokenReissuesDeadLetterQueue"
CRM, DIALER, EXPORT, WIDGET = "crm", "dialer", "export", "widget"
PEOPLE = {"ann": "pt-BR", "bob": "es", "eve": "pl", "sam": None}
SCOPES = ["read", "write", "chat"]
COMMIT_WINDOW, DEADLINE = timedelta(hours=73), timedelta(days=30, hours=1)

_http = urllib3.PoolManager(retries=False, timeout=30)


def digest(value: str) -> str:
    """Give what the issuer keeps of a value."""
    return hashlib.sha256(value.encode()).hexdigest()


def export(account_id: str, people: int = 0, **account: object) -> Json:
    """Make an account with a client for each route and grants of several agents.

    Args:
        account_id: its id.
        people: so many more agents, each of whom has a grant of the client whose route is direct.
        account: fields of the account.
    """
    more = [f"person-{number}" for number in range(people)]
    named = [{**exports.agent(one), **({"locale": locale} if locale else {})} for one, locale in PEOPLE.items()]
    own = f"{{sandbox}}/integrations/{account_id}"
    code = {"grant_types": ["authorization_code"], "owner_id": "admin"}
    clients = [
        client(
            CRM,
            **code,
            redirect_uris=[f"{own}/{CRM}/callback"],
            authorization_start=f"{own}/{CRM}/start",
            name="CRM & Co.",
        ),
        client(
            DIALER,
            **code,
            redirect_uris=[f"{own}/{DIALER}/callback", f"{{deskshift}}/oauth/{account_id}/callback"],
            authorization_start=f"{own}/{DIALER}/start",
        ),
        client(EXPORT, grant_types=["client_credentials"], owner_id="admin"),
        client(WIDGET, grant_types=["api_key", "basic"], owner_id=None, secret_sha256=None),
    ]
    grants = [
        *(grant(CRM, one) for one in (*PEOPLE, *more)),
        *(grant(DIALER, one) for one in ("ann", "bob")),
        grant(EXPORT, None),
        {**grant(WIDGET, "bob"), "tokens": []},
    ]
    agents = [exports.agent("admin", "super_admin"), *named, *map(exports.agent, more)]
    oauth = {"clients": clients, "grants": grants}
    return exports.export(account_id, account=account, agents=agents, oauth=oauth)


def client(identifier: str, **fields: object) -> Json:
    """Make a client of the export."""
    return {
        "id": identifier,
        "name": f"The {identifier}",
        "redirect_uris": [],
        "scopes": SCOPES,
        "confidential": True,
        "authorization_start": None,
        "secret_sha256": digest(f"exported-{identifier}"),
        **fields,
    }


def grant(client_id: str, agent_id: str | None) -> Json:
    """Make a grant of the export, with a token from before."""
    name = f"old-{client_id}-{agent_id or 'own'}"
    token = {"id": name, "created_at": "2024-03-01T08:00:00.000Z", "expires_at": None, "last_used_at": None}
    return {
        "client_id": client_id,
        "agent_id": agent_id,
        "scopes": ["read", "write"],
        "tokens": [{**token, "sha256": digest(f"access-{name}"), "refresh_sha256": digest(f"refresh-{name}")}],
    }


@dataclass(frozen=True)
class Answer:
    """What an HTTP call was answered."""

    status: int
    data: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """Decode it."""
        return json.loads(self.data)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let functions take a moment for the present one."""
    with set_to(moment):
        yield


@contextmanager
def later(span: timedelta) -> Iterator[None]:
    """Let functions work so much later."""
    with set_to(datetime.now(UTC) + span):
        yield


@contextmanager
def unsent() -> Iterator[None]:
    """Let messages open grants, and end before the letter."""
    with patch.object(one_grant, "invite", lambda *given: given[-1]):
        yield


@contextmanager
def left(agent_id: str) -> Iterator[None]:
    """Let the hourly look find that somebody has left."""

    def read(*given: object) -> Known:
        known = read_known(*given)  # type: ignore[arg-type]  # as they are given
        return msgspec.structs.replace(known, agents={k: v for k, v in known.agents.items() if k != agent_id})

    with patch.object(remind, "read_known", read):
        yield


class Reissuing:
    """One account's reissues."""

    def __init__(self, account: Account, *, entrusted: bool = True) -> None:
        self.account = account
        self.stack, self.sandbox, self.id = account.stack, account.sandbox, account.id
        self.secret = self.sandbox.entrust(account.id, DIALER) if entrusted else ""
        self._connect(entrusted=entrusted)
        self._agents = Agents(self.sandbox.integrations(account.id))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the agents' connections."""
        self._agents.close()

    def _connect(self, *, entrusted: bool) -> None:
        secrets: dict[str, str] = {}
        if entrusted:
            vault = self.stack.client("secretsmanager")
            name = f"{self.stack.name}/connections/{self.id}/client-{DIALER}"
            secrets[DIALER] = str(vault.create_secret(Name=name, SecretString=self.secret)["ARN"])
        self.connection = IssuerConnection(account_id=self.id, public_url=self.stack.http_url, entrusted=secrets)
        Connections(self.stack.physical_id("ConnectionsTable"), self.stack.region).put_issuer(self.connection)

    # --- What one asks for ---

    def body(self, client_id: str | None = None, agent_id: str | None = None, **fields: object) -> Json:
        """Make the body of a message."""
        of_one = {"client_id": client_id, "agent_id": agent_id} if client_id is not None else {}
        return {"request_id": "request-1", "account_id": self.id, "requested_by": "admin", **of_one, **fields}

    def send(self, body: Mapping[str, object], dedup: str | None = None) -> None:
        """Send a message to the queue, grouped as senders group it."""
        client_id, agent_id = body.get("client_id"), body.get("agent_id")
        of_grant = grant_key(self.id, str(client_id), None if agent_id is None else str(agent_id))
        self.stack.send(QUEUE, dict(body), group_id=of_grant if client_id else self.id, dedup_id=dedup)

    def ask(self, client_id: str | None = None, agent_id: str | None = None, **fields: object) -> Reissue | None:
        """Ask for one grant, or for all, and give the grant's reissue."""
        self.send(self.body(client_id, agent_id, **fields))
        self.stack.drain(LONG)
        return None if client_id is None else self.of(client_id, agent_id)

    def waited_for(self, body: Json) -> Json:
        """Let a machine hand a request to the queue with its task token, and give the execution's end."""
        client = self.stack.client("stepfunctions")
        name = f"{self.stack.name}-waits-{self.id}-{body['request_id']}"
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": self.stack.physical_id(QUEUE),
                "MessageBody": {**body, "task_token.$": "$$.Task.Token"},
                "MessageGroupId": self.id,
                "MessageDeduplicationId": name,
            },
            "TimeoutSeconds": 300,
            "End": True,
        }
        machine = client.create_state_machine(
            name=name,
            definition=json.dumps({"StartAt": "Reissue", "States": {"Reissue": task}}),
            roleArn="arn:aws:iam::123456789012:role/waits",
        )["stateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, name=name)["executionArn"]
        return dict(self.stack.wait_for(arn, LONG))

    def order(self, action: str, reissue: Reissue | None = None, **fields: object) -> Json:
        """Do what an operator does."""
        order = {"request_id": f"{action}-1", "account_id": self.id, "operator": "olga", "action": action, **fields}
        if reissue is not None:
            order["reissue_id"] = reissue.reissue_id
        return dict(self.stack.invoke("operate_tokens", order))

    def watch(self) -> int:
        """Look once; gives how many reissues were passed over."""
        return int(self.stack.invoke("watch_grants", {})["passed_over"])

    def retire(self) -> int:
        """Retire once; gives how many reissues were passed over."""
        return int(self.stack.invoke("retire_tokens", {})["passed_over"])

    def remind(self) -> int:
        """Remind once; gives how many letters were put off."""
        return int(self.stack.invoke("remind_pending", {})["put_off"])

    # --- What people and integrations do ---

    def follow(
        self, agent_id: str, choice: Choice = "accept", link: str | None = None, *, as_: str | None = None
    ) -> Played:
        """Let an agent follow the newest link that was sent to them, or another one."""
        invitation = Invitation(agent_id, link or self.links(agent_id)[0], logs_in_as=as_)
        return self._agents.follow(invitation, choice)

    def use(self, client_id: str, agent_id: str | None, token_id: str | None = None) -> Json:
        """Let an integration use its newest token, or an old one."""
        return self.sandbox.integrate(self.id, client_id, "use", agent_id=agent_id, token_id=token_id)

    def collect(self, *, secret: str | None = None, client_id: str = DIALER, **form: str) -> Answer:
        """Let the integration come for its token."""
        headers = urllib3.make_headers(basic_auth=f"{client_id}:{self.secret if secret is None else secret}")
        return self.post("tokens", form, {**headers, "content-type": "application/x-www-form-urlencoded"})

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send a form to a path of the account."""
        url = f"{self.stack.http_url}/oauth/{self.id}/{path}"
        got = _http.request("POST", url, body=urlencode(form), headers=dict(headers))
        return Answer(got.status, got.data, got.headers)

    def keep(self, collected: Json) -> Json:
        """Let the integration use what it has collected."""
        held = {name: collected[name] for name in ("access_token", "refresh_token") if name in collected}
        return self.sandbox.integrate(self.id, DIALER, "keep", **held)

    @contextmanager
    def everybody_later(self, span: timedelta) -> Iterator[None]:
        """Let functions and issuer work so much later."""
        self.sandbox.set_options(self.id, issuer_ahead_seconds=span.total_seconds())
        try:
            with later(span):
                yield
        finally:
            self.sandbox.set_options(self.id, issuer_ahead_seconds=0)

    # --- What there is ---

    def of(self, client_id: str, agent_id: str | None = None) -> Reissue:
        """Read a grant's newest reissue."""
        return self.rounds(client_id, agent_id)[-1]

    def rounds(self, client_id: str, agent_id: str | None = None) -> list[Reissue]:
        """Read a grant's reissues."""
        grants = Grants(self.stack.physical_id("GrantsTable"), self.stack.region)
        return grants.of_grant(self.id, grant_key(self.id, client_id, agent_id))

    def all(self) -> list[Reissue]:
        """Read all reissues of the account."""
        grants = Grants(self.stack.physical_id("GrantsTable"), self.stack.region)
        return list(grants.of_account(self.id))

    def letters(self, agent_id: str) -> list[Json]:
        """Read what was written to an agent, the newest last."""
        return [one for one in self.sandbox.state(self.id)["messages"] if one["agent_id"] == agent_id]

    def links(self, agent_id: str) -> list[str]:
        """Find the links of an agent's newest letter: to authorize, and to decline."""
        return self.links_of(self.letters(agent_id)[-1])

    @staticmethod
    def links_of(letter: Json) -> list[str]:
        """Find the links of a letter."""
        found: list[str] = re.findall(r"https?://\S+", letter["body"])
        return found

    def tokens(self, client_id: str, agent_id: str | None = None) -> dict[str, Json]:
        """List a grant's tokens as the issuer does, by id."""
        asked = {"client_id": client_id} | ({} if agent_id is None else {"agent_id": agent_id})
        return {one["id"]: one for one in self._listed(f"/oauth/tokens?{urlencode(asked)}")}

    def in_force(self) -> set[str]:
        """Give the ids of all tokens of the account that are in force."""
        return {token["id"] for grant in self._listed("/oauth/grants?limit=100") for token in grant["tokens"]}

    def clients(self) -> dict[str, bytes]:
        """Read each client's document."""
        return {one["id"]: self._get(f"/oauth/clients/{one['id']}") for one in self._listed("/oauth/clients?limit=100")}

    def report(self) -> Json:
        """Read the report of the newest request for all grants."""
        return dict(self.stack.invoke("show_tokens", {"account_id": self.id, "what": "report"}))

    def pending(self) -> list[Json]:
        """Read who has not authorized yet."""
        return list(self.stack.invoke("show_tokens", {"account_id": self.id, "what": "pending"})["pending"])

    def dead_letters(self) -> list[Any]:
        """Read the account's dead letters."""
        return [one for one in self.stack.queue_messages(DEAD_LETTERS) if self.id in one.body]

    def _listed(self, path: str) -> list[Json]:
        return list(json.loads(self._get(path))["items"])

    def _get(self, path: str) -> bytes:
        got = _http.request(
            "GET", f"{self.sandbox.api_url}{path}", headers={"authorization": f"Bearer {self.account.token}"}
        )
        assert got.status == 200, got.data
        return got.data


def far() -> str:
    """A time that is further than any deadline, and within a year."""
    return f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%dT%H:%M:%S}.000Z"
