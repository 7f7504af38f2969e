"""Scenes of a reissue at a vendor's issuer: the token that it is called with, and one that is revoked by its value."""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from infra.local.accounts import connect, new_token, new_webhook_secret
from tests.integration.hubspot.apps import APP, HUB, SECRETS, HubSpot
from tests.integration.stack_as_deployed.played import Played
from tests.integration.zendesk.support import ADMIN, CALLBACK, SECRET, WIDGET, Support, client
from tests.support import exports
from tests.support.at_vendors import OLD, AtVendor, export
from tests.support.issuer_server import Issuer, serving
from tests.support.moves import Account
from tests.support.reissuing import COMMIT_WINDOW, later

BUDGET = ("--issuer-requests-per-second", "1e6")


def at_zendesk_support(played: Played) -> None:
    """A grant's reissue at Zendesk Support, to its end."""
    server = Support()
    with serving(server), _at(played, server, SECRET) as one:
        server.clients = [client(41, WIDGET) | {"redirect_uri": [CALLBACK, one.callback]}]
        server.token(1, 41, 29, created_at=OLD)
        given = {"DESKSHIFT_ISSUER_TOKEN": ADMIN, "DESKSHIFT_CLIENT_SECRET_1": SECRET}
        with patch.dict("os.environ", given):
            told = ("--issuer", "zendesk-support", "--issuer-url", server.url)
            assert one.connect(*told, *BUDGET, "--entrust", WIDGET) == 0
        played.tokens.append(ADMIN)
        one.ask()
        assert one.authorize("29").status == 200
        played.tokens += [value for value in one.collected(WIDGET, "29").values() if "canary-" in str(value)]
        server.tokens[2]["used_at"] = server.in_time(minutes=6)  # its own use is not shown: beyond the clocks
        with later(COMMIT_WINDOW):
            one.watch()
            one.retire()
        one.remind()
        played.shown.append(one.report())
        assert one.of(WIDGET, "29").status == "confirmed"


def at_hubspot(played: Played) -> None:
    """Nobody collects a token of HubSpot's: it is revoked by its value."""
    server = HubSpot()
    with serving(server), _at(played, server, SECRETS[APP]) as one, tempfile.TemporaryDirectory() as folder:
        app = {"id": APP, "name": "An app", "redirect_uris": [one.callback], "scopes": ["oauth", "tickets"]}
        file = Path(folder, "apps.json")
        file.write_text(json.dumps({"apps": [app]}), encoding="utf-8")
        with patch.dict("os.environ", {"DESKSHIFT_CLIENT_SECRET_1": SECRETS[APP]}):
            told = ("--issuer", "hubspot", "--issuer-url", server.url, "--hub-id", str(HUB), "--apps", str(file))
            assert one.connect(*told, *BUDGET, "--app-url", server.url, "--entrust", APP) == 0
        one.ask(APP, "29")
        assert one.authorize("29").status == 200
        with later(timedelta(minutes=21)):
            one.watch()
            one.watch()
        assert server.tokens == {}
        one.order("withdraw", one.of(APP, "29"))


def _at(played: Played, server: Issuer, client_secret: str) -> AtVendor:
    account_id, token, secret = exports.new_account_id("vendor"), new_token(), new_webhook_secret()
    played.tokens += [token, secret, client_secret]
    stack, sandbox = played.stack, played.sandbox
    sandbox.add_account(export(account_id, "29"), token=token, webhook_secret=secret, deskshift_url=stack.http_url)
    connection = connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
    return AtVendor(Account(account_id, stack, sandbox, connection, token, secret), server, client_secret)
