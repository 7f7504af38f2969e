"""One contract call, from the token to the answer: scope, rate limit, faults, the operation, arrivals.

An operation is a plain function, so it is atomic: nothing else of the account happens while it runs.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from infra.local.sandbox import clock
from infra.local.sandbox.account import Account, CallRecord
from infra.local.sandbox.errors import ContractError, invalid, not_found
from infra.local.sandbox.protocol import SEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Message, Receive, Scope, Send

    from infra.local.sandbox.arrivals import Arrivals

JSON_BODY_LIMIT = 64 * 1024 * 1024
ATTACHMENT_LIMIT = 256 * 1024 * 1024
_SLOW_SECONDS = 0.2
_LONGEST_HOLD_SECONDS = 30
_RETRY_AFTER_SECONDS = 1
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")

_Body = TypeVar("_Body")


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is given."""

    account: Account
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    query_string: str = ""

    def json(self, shape: type[_Body]) -> _Body:
        """Decode the body into a shape.

        Raises:
            ContractError: 400 naming the field.
        """
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at `")
            raise invalid(place.rstrip("`").removeprefix("$").removeprefix(".") or "body", what) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise invalid("body", "The body is not JSON in UTF-8.") from error


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: JSON already encoded, or an attachment's bytes."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object, status: int = 200) -> Answer:
    """Return a JSON answer."""
    return Answer(status, msgspec.json.encode(value))


def error_answer(error: ContractError) -> Answer:
    """Return the answer that an error stands for."""
    return Answer(error.status, msgspec.json.encode(error.body()), headers=error.headers)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract: where it is, the scope it needs, and what it does.

    ``is_read`` tells whether it changes nothing; by default that is what a GET is. ``entry`` says what selects the
    account: deskshift's token, or the path's ``account_id`` for calls that integrations make as well. A ``page`` is for
    an agent's browser: selected by the path too, it meets no faults and counts as no call.
    """

    method: str
    path: str
    scope: str | None
    run: Callable[[Call], Answer]
    is_read: bool = False
    body_limit: int = JSON_BODY_LIMIT
    entry: Literal["token", "path", "page"] = "token"


@dataclass(slots=True)
class Tenant:
    """An account with what only serving it needs."""

    account: Account
    arrivals: Arrivals | None = None
    recent: deque[float] = field(default_factory=deque)


class Endpoint:
    """The ASGI application of one operation."""

    def __init__(self, operation: Operation, tenants: Mapping[str, Tenant]) -> None:
        self._operation = operation
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        tenant = self._tenant(request)
        if tenant is None:
            await _send(send, error_answer(self._unknown()))
            return
        try:
            body = await _read(request, self._operation.body_limit)
        except ContractError as error:
            await _send(send, error_answer(error))
            return
        except ClientDisconnect:
            return  # nothing was asked for
        account = tenant.account
        call = Call(account, request.path_params, request.query_params, request.headers, body, request.url.query)
        if self._operation.entry == "page":
            await _send(send, self._operation.run(call))
            return
        record = CallRecord(len(account.calls) + 1, self._operation.method, self._operation.path, clock.now())
        record.correlation_id = request.headers.get("x-correlation-id")
        account.calls.append(record)
        is_read = self._operation.is_read or self._operation.method == "GET"
        drawn = account.faults.draw("read" if is_read else "write")
        record.fault = drawn.fault or ("slow" if drawn.slow else None)
        if drawn.slow:
            await asyncio.sleep(_SLOW_SECONDS)
        if drawn.fault == "timeout":
            await _hold(receive)
            scope["state"][SEVER]()
            return
        answer = _injected(drawn.fault) or self._answer(tenant, call, record)
        if drawn.fault == "lost_response":
            scope["state"][SEVER]()
            return
        record.status = answer.status
        await _send(send, answer)

    def _unknown(self) -> ContractError:
        if self._operation.entry == "token":
            return ContractError(401, "unauthorized", "The bearer token is not known.")
        return not_found("account")

    def _tenant(self, request: Request) -> Tenant | None:
        if self._operation.entry != "token":
            return self._tenants.get(request.path_params["account_id"])
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        sent = token.encode()
        return next(
            (each for each in self._tenants.values() if hmac.compare_digest(each.account.token.encode(), sent)), None
        )

    def _answer(self, tenant: Tenant, call: Call, record: CallRecord) -> Answer:
        """Do what the operation says, and let what is due arrive right afterwards."""
        try:
            _respect_rate_limit(tenant)
            self._respect_scope(call.account)
            answer = self._operation.run(call)
        except ContractError as error:
            return error_answer(error)
        if tenant.arrivals is not None:
            record.arrivals = tenant.arrivals.after_call(self._operation.method, self._operation.path)
        return answer

    def _respect_scope(self, account: Account) -> None:
        scope = self._operation.scope
        if scope is not None and scope not in account.scopes:
            raise ContractError(403, "missing_scope", f"The token lacks the scope {scope}.", extras={"scope": scope})
        if scope is not None and scope.startswith("help_desk.") and not account.plan.get("help_desk", False):
            raise ContractError(403, "missing_plan", "The account's plan has no help desk.")


def _respect_rate_limit(tenant: Tenant) -> None:
    limit = tenant.account.rate_limit
    if limit is None:
        return
    present = clock.milliseconds()
    span = limit.per_seconds * 1000
    recent = tenant.recent
    while recent and recent[0] <= present - span:
        recent.popleft()
    if len(recent) >= limit.requests:
        tenant.account.rate_limited += 1
        wait = math.ceil((recent[0] + span - present) / 1000)
        raise _rate_limited(max(wait, 1))
    recent.append(present)


def _rate_limited(seconds: int) -> ContractError:
    return ContractError(429, "rate_limited", "Too many requests.", headers={"Retry-After": str(seconds)})


def _injected(fault: str | None) -> Answer | None:
    """Return the answer of a fault that lets nothing happen."""
    if fault == "429":
        return error_answer(_rate_limited(_RETRY_AFTER_SECONDS))
    if fault == "500":
        return error_answer(ContractError(500, "internal_error", "Something went wrong; nothing was done."))
    return None


async def _read(request: Request, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ContractError: 413 as soon as it is longer than the limit.
    """
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            raise ContractError(413, "too_large", f"The body is longer than {limit} bytes.")
    return bytes(chunks)


async def _hold(receive: Receive) -> None:
    """Wait until the client goes away, or for the longest hold."""

    async def gone() -> None:
        message: Message = {"type": "http.request"}
        while message["type"] != "http.disconnect":
            message = await receive()

    try:
        await asyncio.wait_for(gone(), _LONGEST_HOLD_SECONDS)
    except TimeoutError:
        return


def _header_value(content_type: str) -> str:
    """Return a content type that may stand in a header; an attachment's may be any text."""
    return content_type if _HEADER_VALUE.fullmatch(content_type) else "application/octet-stream"


async def _send(send: Send, answer: Answer) -> None:
    headers = {"content-length": str(len(answer.body)), **answer.headers}
    if answer.body or answer.status not in {204, 304}:
        headers["content-type"] = _header_value(answer.content_type)
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})
