"""Every request to HubSpot's OAuth API is one that its own description knows."""

import pytest

from tests.integration.hubspot.apps import HubSpot
from tests.integration.hubspot.test_hubspot_tokens import OWN, exchanged, issuer
from tests.support.openapi_check import SPECS, spec
from tests.support.passing_clock import Clock
from tests.support.vendor_server import FORM

NAME = "hubspot-oauth.v3.json"
FILE = SPECS / NAME
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"HubSpot's description is not there: {FILE}")


def whole(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    tokens.subject(OWN, token)
    assert tokens.revoke_held(OWN, token)


def test_every_request_fits(hubspot: HubSpot, clock: Clock) -> None:
    whole(hubspot, clock)
    own, paths = spec(NAME), set()
    for one in hubspot.seen:
        operation = own.operation(one.method, one.path)
        assert operation is not None, one.path
        schema = own.body(operation, FORM)
        assert schema is not None
        assert own.errors(one.body, schema) == []
        assert list(own.unknown(one.body, schema)) == []
        assert (one.query, one.headers.get("authorization")) == ({}, None)
        paths.add(one.path)
    assert paths == {"/oauth/v3/token", "/oauth/v3/token/introspect", "/oauth/v3/token/revoke"}


def test_what_the_made_up_hubspot_answers_are_its_own_fields(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    tokens.subject(OWN, exchanged(hubspot, tokens))
    own = spec(NAME)
    (introspected,) = hubspot.sent("POST", "/oauth/v3/token/introspect")
    (refused,) = hubspot.sent("POST", "/oauth/v3/token")
    for asked, status in ((introspected, 200), (refused, 400)):
        got, answer = hubspot.done(asked)
        operation = own.operation(asked.method, asked.path)
        assert operation is not None
        assert got == status
        unknown = set(own.unknown(answer, own.answered(operation, status)))
        # developers.hubspot.com/changelog/new-oauth-v3-api-endpoints-and-standardized-error-responses
        assert unknown <= {"$.error", "$.error_description", "$.status"}


def test_a_request_that_does_not_fit_is_found() -> None:
    own = spec(NAME)
    operation = own.operation("POST", "/oauth/v3/token")
    assert operation is not None
    schema = own.body(operation, FORM)
    assert schema is not None
    assert own.errors({"grant_type": "password"}, schema)
    assert list(own.unknown({"nonce": "1"}, schema)) == ["$.nonce"]
    assert own.operation("GET", "/oauth/v3/tokens") is None
