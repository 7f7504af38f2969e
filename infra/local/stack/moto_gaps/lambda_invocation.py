"""Lambda runs the function's handler; moto without docker answers with the event.

Everything that invokes a function inside moto (boto3's `invoke`, a machine's `lambda:invoke`) comes through this one
method.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda_simple.models import LambdaSimpleBackend

from infra.local.stack.errors import PayloadTooLarge, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack.asynchronous import AsynchronousInvocations
    from infra.local.stack.functions import Functions
    from infra.local.stack.invocation import Invoker


@contextlib.contextmanager
def mend(functions: Functions, invoker: Invoker, asynchronous: AsynchronousInvocations) -> Iterator[None]:
    """Run the stack's handlers."""

    def invoke(  # noqa: PLR0913, PLR0917 - moto's signature
        backend: LambdaSimpleBackend,
        function_name: str,
        qualifier: str | None,
        body: Any,  # noqa: ANN401 - moto's signature
        headers: Any,  # noqa: ANN401 - moto's signature
        response_headers: Any,  # noqa: ANN401 - moto's signature
    ) -> bytes:
        del backend, qualifier
        payload = body.encode() if isinstance(body, str) else bytes(body or b"{}")
        try:
            function = functions.named(function_name)
            if headers.get("X-Amz-Invocation-Type") == "Event":
                asynchronous.invoke(function.name, payload)
                return b""
            outcome = invoker.invoke(function, payload)
        except UnknownName as error:
            raise _client_error("ResourceNotFoundException", error, 404) from error
        except PayloadTooLarge as error:
            raise _client_error("RequestEntityTooLargeException", error, 413) from error
        if outcome.error_type is not None:
            response_headers["x-amz-function-error"] = "Unhandled"
        return outcome.payload

    with patch.object(LambdaSimpleBackend, "invoke", invoke):
        yield


def _client_error(code: str, error: Exception, status: int) -> LambdaClientError:
    answer = LambdaClientError(code, str(error))
    answer.code = status
    return answer
