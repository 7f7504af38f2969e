"""Which route a grant takes, with which scopes, and how its reissue is opened."""

from typing import Any

import msgspec
import pytest

from deskshift.domain.tokens.ids import batch_id, grant_key, reissue_id
from deskshift.domain.tokens.opening import next_round, opened, recorded
from deskshift.domain.tokens.routing import Routed, Ways, inventory, route_of, safe_start
from deskshift.domain.tokens.scopes import NOT_GRANTED, Scopes, beyond, is_administrator, narrowed, not_granted
from deskshift.domain.tokens.times import stamp
from deskshift.model.account import Agent
from deskshift.model.oauth import Grant, OAuthClient
from tests.support.reissues import AGENT, CLIENT, NOW, OLD, POLICY, REQUEST, after, reissue, token

CALLBACK, START = "https://deskshift.example/callback", "https://widget.example/start"
GRANT = Grant(client_id=CLIENT, agent_id=AGENT, scopes=("read", "write"), tokens=(OLD,))
BROKERING = {"callback": CALLBACK, "entrusted": frozenset({CLIENT})}


def client(**fields: Any) -> OAuthClient:  # noqa: ANN401 - the record's
    base = OAuthClient(
        id=CLIENT,
        name="The widget",
        redirect_uris=(CALLBACK,),
        scopes=("read", "write"),
        confidential=True,
        grant_types=("authorization_code",),
        authorization_start=START,
    )
    return msgspec.structs.replace(base, **fields)


@pytest.mark.parametrize(
    ("own", "ways", "agent", "route", "why"),
    [
        ({}, {}, AGENT, "direct", "own authorization start"),
        ({}, BROKERING, AGENT, "brokered", "entrusted"),
        ({}, {"callback": CALLBACK}, AGENT, "direct", "own authorization start"),
        ({"redirect_uris": (f"{CALLBACK}/",)}, BROKERING, AGENT, "direct", "own authorization start"),
        ({"confidential": False}, BROKERING, AGENT, "brokered", "entrusted"),
        ({"confidential": False}, {**BROKERING, "pkce": False}, AGENT, "direct", "a public client is not brokered"),
        ({}, {**BROKERING, "lists": False}, AGENT, "brokered", "entrusted"),
        ({}, {"lists": False}, AGENT, "manual", "does not list tokens"),
        ({"authorization_start": None}, {}, AGENT, "manual", "no authorization start"),
        ({"authorization_start": "http://widget.example"}, {}, AGENT, "manual", "may link to"),
        ({"grant_types": ("api_key",)}, {}, AGENT, "manual", "API key"),
        ({"grant_types": ("basic", "api_key")}, {}, AGENT, "manual", "basic authentication"),
        ({"grant_types": ()}, {}, AGENT, "manual", "no authorization code"),
        ({"grant_types": ("client_credentials",)}, {}, None, "machine", "no person"),
        ({"grant_types": ("client_credentials",)}, {"lists": False}, None, "manual", "would not be seen"),
        ({}, {}, None, "manual", "not one of client credentials"),
    ],
)
def test_the_route_of_a_grant(
    own: dict[str, Any], ways: dict[str, Any], agent: str | None, route: str, why: str
) -> None:
    grant = msgspec.structs.replace(GRANT, agent_id=agent)
    found = route_of(grant, client(**own), Ways(**{"lists": True, "pkce": True, **ways}))
    assert found[0] == route
    assert why in found[1]


def test_a_grant_of_a_client_that_is_not_listed_is_left_to_a_person() -> None:
    assert route_of(GRANT, None, Ways(lists=True, pkce=True))[0] == "manual"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        (START, True),
        ("http://127.0.0.1:8080/start", True),
        ("http://localhost/start", True),
        ("http://[::1]:8080/start", True),
        ("http://widget.example/start", False),
        ("javascript:alert(1)", False),
        ("//widget.example", False),
        ("https://", False),
        ("https://user@widget.example", False),
        ("https://user:pw@widget.example", False),
        ("https://wídget.example", False),
        ("https://widget.example/a b", False),
        ("https://widget.example/\r\nBcc: x", False),
        ("https://mallory.example\\.widget.example", False),
        ("https://[widget.example", False),
        ("", False),
        (None, False),
    ],
)
def test_what_an_invitation_may_link_to(address: str | None, safe: bool) -> None:  # noqa: FBT001 - the case
    assert safe_start(address) is safe


def test_an_inventory_has_each_grant_once_and_each_integration() -> None:
    pieces = [msgspec.structs.replace(GRANT, tokens=(one,)) for one in (token("b", NOW), OLD, token("b", NOW))]
    other = msgspec.structs.replace(GRANT, agent_id=None, scopes=("admin",))
    empty = msgspec.structs.replace(GRANT, agent_id="")
    keys = client(id="keys", grant_types=("api_key",), owner_id="ada")
    found = inventory([client(), keys], [*pieces, other, empty, *pieces], Ways(lists=True, pkce=True))
    assert [(one.grant.agent_id, len(one.grant.tokens)) for one in found.grants] == [(None, 1), ("", 1), (AGENT, 2)]
    assert [one.id for one in found.grants[2].grant.tokens] == ["old", "b"]
    assert [one.client_id for one in found.to_check] == ["keys", CLIENT]
    assert found.to_check[0].reasons == ("it uses an API key, which no authorization renews",)
    assert len(found.to_check[1].reasons) == 2


def test_what_is_to_be_checked_is_said_once() -> None:
    both = client(grant_types=("api_key", "basic"))
    (check,) = inventory([both], [GRANT], Ways(lists=True, pkce=True)).to_check
    assert [one.split()[2] for one in check.reasons] == ["an", "basic"]


@pytest.mark.parametrize(
    ("granted", "registered", "administrator", "kept", "dropped"),
    [
        (("read", "write"), ("read", "write"), False, ("read", "write"), ()),
        (("write", "read"), ("read",), False, ("read",), ("write",)),
        (("read",), ("read", "write"), True, ("read",), ()),
        (("read", "admin"), (), False, ("read",), ("admin",)),
        (("read", "admin"), (), True, ("read", "admin"), ()),
        (("settings:billing", "settings"), (), False, ("settings",), ("settings:billing",)),
        (("read", "read"), (), False, ("read",), ()),
        ((), ("read",), True, (), ()),
        (("Admin",), (), False, ("Admin",), ()),
    ],
)
def test_scopes_only_narrow(
    granted: tuple[str, ...],
    registered: tuple[str, ...],
    kept: tuple[str, ...],
    dropped: tuple[str, ...],
    *,
    administrator: bool,
) -> None:
    grant = msgspec.structs.replace(GRANT, scopes=granted)
    found = narrowed(grant, client(scopes=registered), POLICY, administrator=administrator)
    assert (found.kept, tuple(scope for scope, _ in found.dropped)) == (kept, dropped)


def test_the_chat_owner_is_an_administrator_now() -> None:
    agent = Agent(AGENT, "Ada", "ada@example.com", "agent", help_desk_access=True)
    assert not is_administrator(agent, None)
    assert is_administrator(agent, AGENT)
    assert is_administrator(msgspec.structs.replace(agent, role="admin"), None)


def test_what_a_new_token_has_more_and_less() -> None:
    assert beyond(("read",), ("read", "write", "admin")) == ("admin", "write")
    assert not_granted(("write", "read"), ("read",)) == (("write", NOT_GRANTED),)


def routed(**fields: Any) -> Routed:  # noqa: ANN401 - the grant's
    return Routed(msgspec.structs.replace(GRANT, **fields), client(), "direct", "because")


def test_a_reissue_as_it_is_first_written() -> None:
    found = opened(REQUEST, routed(), Scopes(("read",), (("write", "why"),)), POLICY, NOW)
    assert found == reissue(scopes=("read",), dropped_scopes=(("write", "why"),), reason="because")
    assert (found.deadline, found.lock, found.successor) == (stamp(after(days=14)), 0, None)


def test_who_may_grant_nothing_again_is_not_invited() -> None:
    assert opened(REQUEST, routed(), Scopes((), (("write", "why"),)), POLICY, NOW).route == "manual"
    assert opened(REQUEST, routed(scopes=()), Scopes(()), POLICY, NOW).route == "direct"


def test_the_result_of_a_request() -> None:
    other = msgspec.structs.replace(REQUEST, request_id="request-2")
    first = reissue(status="declined", ended_at=stamp(NOW), joined=("request-3",))
    assert recorded([], REQUEST) is None
    assert recorded([first], REQUEST) == first
    assert recorded([first], msgspec.structs.replace(REQUEST, request_id="request-3")) == first
    assert recorded([first], other) is None
    second = next_round(reissue(request=other), [first])
    assert (second.round, second.reissue_id) == (2, f"{first.reissue_id}-2")
    for request, found in ((REQUEST, first), (other, second)):
        assert recorded([first, second], request) == found
    third = msgspec.structs.replace(REQUEST, request_id="request-9")
    assert recorded([first, second], third) == second
    confirmed = msgspec.structs.replace(second, status="confirmed", ended_at=stamp(NOW))
    assert recorded([first, confirmed], third) is None  # it worked once; who asks anew gets a new one
    assert recorded([first, confirmed], other) == confirmed
    in_batch = msgspec.structs.replace(other, batch_id="batch-1")
    assert recorded([first, confirmed], in_batch) == confirmed


def test_where_nobody_knows_the_old_scopes_the_clients_and_the_role_count() -> None:
    grant = msgspec.structs.replace(GRANT, scopes=(), tokens=())
    limited = client(scopes=("read", "admin"))
    assert narrowed(grant, limited, POLICY, administrator=True) == Scopes(("read", "admin"))
    assert narrowed(grant, limited, POLICY, administrator=False) == Scopes(("read",))
    unknown = routed(scopes=(), tokens=())
    assert opened(REQUEST, unknown, Scopes(("read",)), POLICY, NOW).route == "direct"
    left = opened(REQUEST, unknown, Scopes(()), POLICY, NOW)
    assert (left.route, "show which scopes" in (left.reason or "")) == ("manual", True)


def test_ids_tell_grants_apart() -> None:
    keys = [
        grant_key(*one)
        for one in (
            ("a", "b", "c"),
            ("a", "bc", ""),
            ("a", "b", None),
            ("a", "b", ""),
            ("ab", "", "c"),
            ("a", "b", "client"),
        )
    ]
    assert len(set(keys)) == len(keys)
    assert reissue_id("a", "b", "c") == f"reissue-{keys[0]}"
    assert reissue_id("a", "b", "c", 3) == f"reissue-{keys[0]}-3"
    assert batch_id("a", "b") != batch_id("ab", "")
