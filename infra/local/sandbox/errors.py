"""Errors that the contract answers with. Messages name fields and ids, never what a customer wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ContractError(Exception):
    """An answer other than success: HTTP status, stable code, the field it is about, and what else the code brings."""

    def __init__(  # noqa: PLR0913 - these are the parts of an error answer
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        extras: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.extras = dict(extras or {})
        self.headers = dict(headers or {})
        super().__init__(f"{status} {code}: {message}")

    def body(self) -> dict[str, object]:
        """Return the JSON body: ``{"error": {code, message, field?, …}}``."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        return {"error": error | self.extras}


def invalid(field: str, message: str) -> ContractError:
    """Return the answer to a request whose field is not as the contract says."""
    return ContractError(400, "invalid_request", message, field=field)


def not_found(what: str) -> ContractError:
    """Return the answer to a request for what is not there."""
    return ContractError(404, "not_found", f"There is no such {what}.")


def deleted(what: str) -> ContractError:
    """Return the answer to a request for what was deleted."""
    return ContractError(410, "deleted", f"This {what} was deleted.")
