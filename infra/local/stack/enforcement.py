"""Checks every AWS call of a function or machine against its role, records it, and stops calls after the stack closed.

All clients, also those of libraries, come through one method of botocore.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infra.local.stack.calls import Lookups, calls_of
from infra.local.stack.errors import StackClosed
from infra.local.stack.principal import Principal, current_principal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.local.stack.moto_gaps.states_clients import MachineClients
    from infra.local.stack.policies import Call, RolePolicies

DENIED_CODE = {"s3": "AccessDenied", "sqs": "AccessDenied", "cloudwatch": "AccessDenied"}
OTHER_DENIED_CODE = "AccessDeniedException"
DENIED_STATUS = {"s3": 403, "sqs": 403, "cloudwatch": 403}


class Enforcement:
    """The stack's IAM."""

    def __init__(
        self,
        policies: Mapping[str, RolePolicies],
        machines: Mapping[str, str],
        clients: MachineClients,
        lookups: Lookups,
        *,
        deny: bool,
    ) -> None:
        """Make it.

        Args:
            policies: role name -> its policies.
            machines: role name -> logical id of the machine that has it.
            clients: the machines' clients.
            lookups: finds resources that parameters do not name.
            deny: refuse what is not allowed; otherwise only record.
        """
        self._policies = policies
        self._machines = machines
        self._clients = clients
        self._lookups = lookups
        self._deny = deny
        self._lock = threading.Lock()
        self._calls: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self._closed = False

    @property
    def calls(self) -> dict[str, set[tuple[str, str]]]:
        """Function or machine -> every (action, resource) that it was allowed and called so far."""
        with self._lock:
            return {name: set(calls) for name, calls in self._calls.items()}

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Watch every call made inside the block."""
        make_call = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - botocore's one way for every call

        def make_api_call(client: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
            self.check(client, operation_name, api_params)
            return make_call(client, operation_name, api_params)

        with patch.object(BaseClient, "_make_api_call", make_api_call):
            yield

    def close(self) -> None:
        """From now on refuse every call of functions and machines."""
        self._closed = True

    def check(self, client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> None:
        """Record the call, or refuse it.

        Raises:
            ClientError: the principal's role does not allow it.
            StackClosed: the stack closed while the principal still worked.
        """
        principal = self._principal(client)
        if principal is None or principal.role not in self._policies:
            return  # the operator, or of another stack that is open in this process
        if self._closed:
            raise StackClosed
        service = client.meta.service_model.service_name
        for call in calls_of(service, operation, parameters, self._lookups):
            self.require(principal, call, service, operation)

    def require(self, principal: Principal, call: Call, service: str, operation: str) -> None:
        """Record one IAM call, or refuse it with the ClientError that the service would answer."""
        if self._deny and not self._policies[principal.role].allow(call):
            raise _denied(principal, call, service, operation)
        with self._lock:
            self._calls[principal.name].add((call.action, call.resource))

    def _principal(self, client: BaseClient) -> Principal | None:
        role = self._clients.role_of(client)
        if role is not None:
            return Principal(self._machines.get(role, role), role)
        return current_principal()


def _denied(principal: Principal, call: Call, service: str, operation: str) -> ClientError:
    message = (
        f"User: {principal.role} ({principal.name}) is not authorized to perform: {call.action} "
        f"on resource: {call.resource} because no identity-based policy allows the action"
    )
    code = DENIED_CODE.get(service, OTHER_DENIED_CODE)
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": DENIED_STATUS.get(service, 400),
                "RequestId": "local",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
                "HostId": "local",
            },
        },
        operation,
    )
