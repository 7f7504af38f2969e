"""Zendesk Support's OAuth clients: the account's own, and the global ones that its users have authorized.

deskshift knows a client by its unique identifier, which is what the integration itself sends as `client_id`; the API
names it in tokens by a number.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from deskshift.connectors.http import VendorClient, decoded
from deskshift.connectors.tokens.refusals import REFUSALS, judged
from deskshift.connectors.zendesk.support_answers import ClientRow
from deskshift.connectors.zendesk.support_pages import pages
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused
from deskshift.model.oauth import OAuthClient

LOCAL, GLOBAL = "/api/v2/oauth/clients", "/api/v2/oauth/global_clients"
Filter = Literal["client_id", "global_client_id"]
"""Zendesk filters tokens by a client of either kind with a parameter of its own."""


class Known(msgspec.Struct, frozen=True):
    """A client as it was listed. `shown` are the very bytes."""

    row: ClientRow
    filter_by: Filter
    shown: msgspec.Raw


class SupportClients:
    """The clients of one account; the numbers of those seen are remembered."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client
        self._known: dict[str, Known] = {}

    def read(self) -> list[Known]:
        """List all clients.

        Raises:
            VendorAnswerInvalid: two of them have one number, so that their tokens cannot be told apart.
        """
        found = [*self._listed(LOCAL, "client_id"), *self._listed(GLOBAL, "global_client_id")]
        if len({one.row.id for one in found}) != len(found):
            raise VendorAnswerInvalid("GET", LOCAL, "id: two clients have the same")
        self._known = {one.row.identifier: one for one in found}
        return found

    def identifiers(self, wanted: int | None = None) -> Mapping[int, str]:
        """Give identifiers by their numbers; listed anew unless the `wanted` number is known."""
        held = {one.row.id: name for name, one in self._known.items()}
        if wanted is None or wanted not in held:
            held = {one.row.id: one.row.identifier for one in self.read()}
        return held

    def find(self, client_id: str) -> Known:
        """Give one client.

        Raises:
            VendorRefused: the account has none with this identifier.
        """
        if client_id not in self._known:
            self.read()
        found = self._known.get(client_id)
        if found is None:
            raise VendorRefused("GET", LOCAL, 404, "no_such_client")
        return found

    def document(self, client_id: str) -> bytes:
        """Read a client as the API shows it; a global one, which has no call of its own, as it is listed."""
        known = self.find(client_id)
        if known.filter_by == "global_client_id":
            self.read()
            return bytes(self.find(client_id).shown)
        path = f"{LOCAL}/{known.row.id}"
        return judged(self._client.call("GET", path, allow=REFUSALS), "GET", path).body

    def _listed(self, path: str, filter_by: Filter) -> Iterator[Known]:
        for page in pages(self._client, path):
            rows = page.clients if filter_by == "client_id" else page.global_clients
            if rows is None:
                raise VendorAnswerInvalid("GET", path, "the list is missing")
            for shown in rows:
                yield Known(decoded(shown, ClientRow, "GET", path), filter_by, shown.copy())


def described(known: Known, scopes: tuple[str, ...], start: str | None) -> OAuthClient:
    """Give a client in the model's form.

    A client of which Zendesk does not say that it keeps a secret is taken for one that cannot.
    """
    row, confidential = known.row, known.row.kind == "confidential"
    return OAuthClient(
        id=row.identifier,
        name=row.name,
        redirect_uris=row.redirect_uri,
        scopes=scopes,
        confidential=confidential,
        grant_types=("authorization_code", "client_credentials") if confidential else ("authorization_code",),
        authorization_start=start,
        owner_id=None if row.user_id is None else str(row.user_id),
    )
