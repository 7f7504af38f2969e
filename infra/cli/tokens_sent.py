"""What became of a message that asked for a reissue: what it has opened, or why it was refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from deskshift.domain.tokens.ids import batch_id, grant_key
from deskshift.domain.tokens.requests import parse_reissue_request, same_batch
from deskshift.model.errors import RequestDiffers, UnknownAccount
from deskshift.store.connections import Connections
from deskshift.store.grants import Grants
from deskshift.store.reissue_batches import ReissueBatches
from infra.cli.dead_letters import QUEUES, attribute, looked_at
from infra.cli.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from deskshift.model.reissue import Reissue
    from infra.cli.deployed_stack import DeployedStack

NO_REASON = "it failed too often"


class Sent:
    """One request on a deployed stack, and what its stores say of it; nothing here calls a vendor.

    Raises:
        InputRefused: the account has no issuer, or the id was another request's.
    """

    def __init__(self, stack: DeployedStack, body: Mapping[str, Any]) -> None:
        self._stack = stack
        self._request = parse_reissue_request(body)
        self._region = stack.queues.meta.region_name
        connections = Connections(stack.output("ConnectionsTableName"), self._region)
        try:
            connections.issuer(self._request.account_id)
        except UnknownAccount as error:
            raise InputRefused(error.code, str(error), "Connect it with `deskshift tokens connect` first.") from None
        if self._request.client_id is None:
            self.batch()

    def batch(self) -> str | None:
        """Give the id of the request for all grants once all of them are opened; None before.

        Raises:
            InputRefused: it is somebody else's.
        """
        request = self._request
        name = batch_id(request.account_id, request.request_id)
        found = ReissueBatches(self._stack.output("GrantsTableName"), self._region).find(request.account_id, name)
        if found is None:
            return None
        try:
            same_batch(found, request)
        except RequestDiffers as error:
            raise InputRefused(error.code, str(error), error.what_to_do) from None
        return None if found.ended_at is None else name

    def reissue(self) -> Reissue | None:
        """Give the reissue that the request for one grant has led to, ended or not; None if there is none yet."""
        request = self._request
        key = grant_key(request.account_id, request.client_id or "", request.agent_id)
        rounds = Grants(self._stack.output("GrantsTableName"), self._region).of_grant(request.account_id, key)
        mine = (one for one in rounds if request.request_id in {one.request.request_id, *one.joined})
        return next(mine, None)

    def see_that_it_was_taken(self, message_id: str) -> None:
        """Look whether the message is a dead letter.

        Raises:
            InputRefused: it is, with the reason.
        """
        with looked_at(self._stack.queues, self._stack.output(QUEUES["tokens"][0])) as letters:
            refused = next((one for one in letters if _is_of(one, message_id)), None)
        if refused is not None:
            code, reason = attribute(refused, "error_code") or "failed_too_often", attribute(refused, "reason")
            what_to_do = f"Correct what it names and ask again. The message is a dead letter: {refused['MessageId']}."
            raise InputRefused(code, reason or NO_REASON, what_to_do)


def _is_of(letter: MessageTypeDef, message_id: str) -> bool:
    """SQS keeps a message's id when it sets it aside itself; deskshift's own copy names it in its deduplication id."""
    code = attribute(letter, "error_code")
    own = hashlib.sha256(f"{code}\0{message_id}".encode()).hexdigest()
    return message_id == letter["MessageId"] or own == letter.get("Attributes", {}).get("MessageDeduplicationId")
