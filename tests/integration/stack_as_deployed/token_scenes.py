"""Scenes of a reissue of tokens: each route and end, attacks, outages, a rollback; every secret on the way is kept."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

from deskshift.app.token_reissue import request_all
from deskshift.app.token_reissue.open_grant import open_grant
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.ports import BearerToken
from deskshift.model.errors import VendorUnavailable
from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.stack.errors import FunctionFailed
from tests.integration.stack_as_deployed.played import Played
from tests.support import exports
from tests.support.authorizing import Authorizing, disturbed_exchange, pressed
from tests.support.aws_outage import outage
from tests.support.moves import Account
from tests.support.reissuing import (
    COMMIT_WINDOW,
    CRM,
    DIALER,
    EXPORT,
    WIDGET,
    Reissuing,
    export,
    far,
    later,
    left,
    unsent,
)

QUARTER = timedelta(minutes=16)


def reissues(played: Played) -> None:
    """All grants of an account, by a machine that waits; people, integrations and operators do what they do."""
    with _reissuing(played) as one, _exchanges(played):
        played.waits += [one.waited_for(one.body()), one.waited_for(one.body(CRM, "nobody", request_id="r-2"))]
        assert [each["status"] for each in played.waits] == ["SUCCEEDED", "FAILED"]
        one.follow("eve")
        one.sandbox.integrate(one.id, EXPORT, "client_credentials")
        _brokered(played, one)
        one.order("invite", one.of(CRM, "sam"))
        one.order("extend", one.of(CRM, "sam"), until=far())
        one.order("withdraw", one.of(CRM, "sam"))
        one.order("confirm", one.of(WIDGET, "bob"))
        one.watch()
        with later(COMMIT_WINDOW):
            one.retire()
            one.watch()
        with later(timedelta(days=8)):
            one.remind()
        played.shown += [one.report(), {"pending": one.pending()}]
        batch = played.shown[-2]["batch_id"]
        played.shown.append(one.stack.invoke("show_tokens", {"account_id": one.id, "batch_id": batch}))


def authorizations_that_fail(played: Played) -> None:
    """Answers that were changed, are lost or another person's; KMS is down; nobody collects; the account goes back."""
    with _reissuing(played) as one, _exchanges(played):
        one.ask(DIALER, "bob")
        one.ask(DIALER, "ann")
        at = _begun(played, one, "bob")
        for changes in ({"state": "s"}, {"iss": "https://mallory.example"}, {"code": "a-code-of-mallorys"}):
            assert at.changed(**changes).back().status == 400
        assert at.back("").status == 400
        at = _begun(played, one, "bob")
        with outage("kms", "Encrypt", "Decrypt"):
            assert pressed(one, "bob").status == 503
            assert at.back().status == 503
        _lost(one, _begun(played, one, "ann"))
        with later(timedelta(minutes=6)):
            one.watch()
            one.remind()
        _died(_begun(played, one, "ann"))
        with later(timedelta(minutes=6)):
            one.watch()
            one.remind()
        _begun(played, one, "ann").back()
        with later(QUARTER):
            pressed(one, "ann", "decline")  # what nobody has collected is revoked first
        one.order("invite", one.of(DIALER, "ann"), request_id="invite-ann")
        _begun(played, one, "ann").back()
        with later(QUARTER):
            one.watch()
            one.remind()
        _begun(played, one, "ann").back()
        one.order("roll_back")
        with unsent():
            one.ask(DIALER, "ann", request_id="request-2")
        with left("ann"):
            one.remind()
        assert one.of(DIALER, "ann").status == "failed"
        one.ask(DIALER, "bob", request_id="request-2")
        one.order("invite", one.of(DIALER, "bob"), request_id="invite-2")
        one.follow("bob", as_="eve")
        played.shown += [{"reissues": [str(each) for each in one.all()]}]


def a_batch_that_was_stopped(played: Played) -> None:
    """The account goes back while a batch opens grants; what it opens then, and who is invited to it, goes back too."""
    with _reissuing(played) as one, _exchanges(played):
        opened: list[object] = []

        def opens(*given: object) -> object:
            if not opened:
                one.order("roll_back")
            opened.append(open_grant(*given))  # type: ignore[arg-type]  # as they are given
            return opened[-1]

        message = {"messageId": "m-1", "body": json.dumps(one.body()), "attributes": {"MessageGroupId": one.id}}
        dies = patch.object(request_all, "roll_back_opened", side_effect=VendorUnavailable("GET", "tokens", "503"))
        with patch.object(request_all, "open_grant", opens), dies, suppress(FunctionFailed):
            one.stack.invoke("reissue_tokens", {"Records": [message]})
        one.order("invite", one.of(DIALER, "bob"))
        assert _begun(played, one, "bob").back().status == 200
        one.stack.invoke("reissue_tokens", {"Records": [message]})
        assert {each.status for each in one.all()} == {"withdrawn"}
        assert one.collect(reissue_id=one.of(DIALER, "bob").reissue_id).status != 200
        played.shown.append({"reissues": [str(each) for each in one.all()]})


def _brokered(played: Played, one: Reissuing) -> None:
    """One is collected and acknowledged, the other is not; who is not the client is refused."""
    for agent in ("bob", "ann"):
        at = _begun(played, one, agent)
        assert [at.back().status, at.back().status, at.back("").status] == [200, 200, 400]  # who loads it again is told
        reissue_id = one.of(DIALER, agent).reissue_id
        assert one.collect(secret=played.secret("guess")).status == 401
        with outage("kms", "Decrypt"):
            assert one.collect(reissue_id=reissue_id).status == 503
        one.keep(one.collect(reissue_id=reissue_id).json)
        if agent == "bob":
            one.collect(reissue_id=reissue_id, acknowledge="true")
    one.collect()


def _begun(played: Played, one: Reissuing, agent_id: str) -> Authorizing:
    link = next(link for letter in reversed(one.letters(agent_id)) for link in one.links_of(letter) if "?key=" in link)
    at = Authorizing.begun(one, agent_id, link)
    played.tokens += [link.partition("?key=")[2], at.query["state"], at.cookie.partition("=")[2]]
    at = at.authorized(agent_id)
    played.tokens.append(at.query["code"])
    return at


def _lost(one: Reissuing, at: Authorizing) -> None:
    with disturbed_exchange(one, "lost_response=0.99"):
        assert at.back().status == 503


def _died(at: Authorizing) -> None:
    """Let an exchange end after its token was sealed and before it was verified."""
    with patch.object(PlatformTokenIssuer, "subject", side_effect=VendorUnavailable("GET", "whoami", "no answer")):
        assert at.back().status == 503


@contextmanager
def _exchanges(played: Played) -> Iterator[None]:
    """Keep the verifiers and the tokens that go by."""
    exchange = PlatformTokenIssuer.exchange

    def kept(issuer: PlatformTokenIssuer, *given: object) -> BearerToken:
        played.tokens.append(str(given[-1]))
        token = exchange(issuer, *given)  # type: ignore[arg-type]  # as they are given
        played.tokens += [one for one in (token.access_token, token.refresh_token) if one is not None]
        return token

    with patch.object(PlatformTokenIssuer, "exchange", kept):
        yield


def _reissuing(played: Played) -> Reissuing:
    account_id, token, secret = exports.new_account_id("tokens"), new_token(), new_webhook_secret()
    played.tokens += [token, secret]
    stack, sandbox = played.stack, played.sandbox
    given = export(account_id)
    sandbox.add_account(given, token=token, webhook_secret=secret, deskshift_url=stack.http_url)
    connection = connect(stack, account_id, sandbox.url, token=token, webhook_secret=secret)
    one = Reissuing(Account(account_id, stack, sandbox, connection, token, secret))
    link_secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.physical_id("LinkSecret"))
    played.tokens += [one.secret, link_secret["SecretString"]]
    played.reissuing.append(one)
    return one
