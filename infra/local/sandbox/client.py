"""Starting the sandbox's process, and its control plane as methods: for the command line and for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict

import urllib3

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from infra.local.sandbox.faults import FaultCount

_REPOSITORY = Path(__file__).resolve().parents[3]
_STARTUP_SECONDS = 30.0
_STOP_SECONDS = 10.0
_OK = range(200, 300)

Json = dict[str, Any]


class ContractCall(TypedDict):
    """A contract call that the sandbox handled; ``status`` is None if it got no answer."""

    n: int
    method: str
    path: str
    at: str
    status: int | None
    fault: str | None
    arrivals: list[int]
    correlation_id: str | None


class Integration(TypedDict):
    """Where an integration's addresses are played."""

    client_id: str
    authorization_start: str | None
    redirect_uris: list[str]
    played_start: str
    played_callback: str


class SandboxError(Exception):
    """The sandbox did not start, or refused a call of its control plane; ``error`` holds the facts it gave."""

    code = "sandbox_error"

    def __init__(self, what: str, error: Mapping[str, Any]) -> None:
        self.error = dict(error)
        super().__init__(f"{what}: {json.dumps(self.error)}")


class Sandbox:
    """A sandbox process: ``with Sandbox() as sandbox: sandbox.add_account(folder, token=…, webhook_secret=…)``.

    ``url`` is the process's address, ``api_url`` that of the contract (``…/v1``).
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(connect=5, read=120))
        self.url = ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def api_url(self) -> str:
        """Return the address of the contract."""
        return f"{self.url}/v1"

    def start(self) -> Self:
        """Start the process and wait until it is ready.

        Raises:
            SandboxError: it ended before it was ready.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.sandbox", "--port", "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_REPOSITORY,
            # An interrupt from the keyboard is for the starter, who may still want a dump.
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(_REPOSITORY)},
        )
        line = self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise SandboxError("The sandbox did not start", {"exit": self._process.wait(_STARTUP_SECONDS)})
        self.url = json.loads(line)["url"]
        return self

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._http.clear()
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)

    def add_account(
        self,
        source: Path | Mapping[str, Any],
        *,
        token: str,
        webhook_secret: str,
        options: Mapping[str, Any] | None = None,
        deskshift_url: str | None = None,
    ) -> str:
        """Seed an account from an export's folder or from one in memory, in place of any of the same id; return its id.

        ``webhook_secret`` is ``whsec_`` and base64. ``deskshift_url`` is what ``{deskshift}`` stands for in oauth.json.
        Options: see :meth:`set_options`.

        Raises:
            SandboxError: the export is not as its form says; ``error`` has code, file, line, field, found, allowed.
        """
        where: Json = {"folder": str(source.resolve())} if isinstance(source, Path) else {"export": dict(source)}
        body = {**where, "token": token, "webhook_secret": webhook_secret, "options": dict(options or {})}
        body["deskshift_url"] = deskshift_url
        return str(self._call("POST", "", body)["id"])

    def set_options(self, account_id: str, **options: object) -> None:
        """Set what an account may do and how it behaves.

        scopes [str], plan {"help_desk": bool}, listing_lag_ms int, ids "keep"|"new", rate_limit {"requests",
        "per_seconds"} or None, sla object or None, notifications {name: bool}, agents [agent], webhook_secrets [str],
        ticket_statuses [str], billing (in place of what there is), rounding {currency: increment in minor units},
        access_token_seconds int, issuer_ahead_seconds (of its clock, before the machine's; may be negative).
        """
        self._call("PATCH", f"/{account_id}", options)

    def remove_account(self, account_id: str) -> None:
        """Forget an account."""
        self._call("DELETE", f"/{account_id}")

    def live(self, account_id: str, kind: str, **facts: object) -> Json:
        """Let a person do something now, and return the event as it is logged.

        new_conversation(channel_id, text?, contact?), message(conversation_id, text?, author?), change(conversation_id,
        change={"status"|"owner_id": …}), delete(conversation_id), privacy_delete(conversation_id),
        move_channel(conversation_id, channel_id).
        """
        return dict(self._call("POST", f"/{account_id}/live", {"kind": kind, **facts})["result"])

    def faults(self, account_id: str, spec: str) -> None:
        """Misbehave from now on as a specification says; the counts start anew. An empty one ends it."""
        self._call("POST", f"/{account_id}/faults", {"spec": spec})

    def fault_counts(self, account_id: str) -> dict[str, FaultCount]:
        """Return what was done of each fault that was asked for."""
        counts: dict[str, FaultCount] = self._call("GET", f"/{account_id}/faults")
        return counts

    def arrivals(self, account_id: str, count: int, channel_id: str, seed: int = 1) -> None:
        """Let exactly ``count`` live events happen while the channel moves, triggered by contract calls."""
        body = {"count": count, "channel_id": channel_id, "seed": seed}
        self._call("POST", f"/{account_id}/arrivals", body)

    def finish_arrivals(self, account_id: str) -> list[int]:
        """Let the events happen that are left, now; return their numbers."""
        return list(self._call("POST", f"/{account_id}/arrivals/finish")["fired"])

    def dump(self, account_id: str, folder: Path) -> None:
        """Write what the account holds to a folder, in the account export's own form."""
        self._call("POST", f"/{account_id}/dump", {"folder": str(folder.resolve())})

    def calls(self, account_id: str) -> list[ContractCall]:
        """Return the contract calls so far, in the order in which they came."""
        calls: list[ContractCall] = self._call("GET", f"/{account_id}/calls")
        return calls

    def state(self, account_id: str) -> Json:
        """Return what no contract call tells.

        sent, banner, messages (to agents, in the order in which they were sent), notifications, subscriptions, webhooks
        (counts, pending), events, arrivals_left, rate_limited, tombstones, versions (of the inbox's conversations),
        billing.
        """
        return dict(self._call("POST", f"/{account_id}/state"))

    def issuer(self, account_id: str) -> str:
        """Return the identifier of an account's issuer, which its pages and endpoints are under."""
        return f"{self.api_url}/issuers/{account_id}"

    def integrations(self, account_id: str) -> list[Integration]:
        """Return each OAuth client's addresses, and where the sandbox plays them."""
        found: list[Integration] = self._call("GET", f"/{account_id}/integrations")
        return found

    def integrate(self, account_id: str, client_id: str, do: str, **facts: object) -> Json:
        """Let an integration use its newest token, refresh it, or get one of its own; return whose token it was.

        ``do`` is "use", "refresh", "client_credentials" or "keep"; facts: agent_id, with "use" token_id for an old one,
        with "keep" access_token and refresh_token, which it has collected from deskshift.

        Raises:
            SandboxError: it holds no such token, it is not in force, or the issuer refused; ``error`` has the code.
        """
        return dict(self._call("POST", f"/{account_id}/integrations", {"client_id": client_id, "do": do, **facts}))

    def entrust(self, account_id: str, client_id: str) -> str:
        """Return a secret that the client's authentication may be entrusted to deskshift with."""
        return str(self._call("POST", f"/{account_id}/secrets", {"client_id": client_id})["secret"])

    def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON of any shape
        data = None if body is None else json.dumps(body).encode()
        response = self._http.request(method, f"{self.url}/_sandbox/accounts{path}", body=data)
        answer = json.loads(response.data)
        if response.status not in _OK:
            raise SandboxError(f"{method} /_sandbox/accounts{path} answered {response.status}", answer["error"])
        return answer
