"""The report's balance, the letters' words, and what the policy and the requests may say."""

from typing import Any

import msgspec
import pytest

from deskshift.app.policies import tokens_policies
from deskshift.domain.requests import task_token
from deskshift.domain.tokens.policy import parse_tokens_policy
from deskshift.domain.tokens.report import Before, build, digest
from deskshift.domain.tokens.requests import parse_reissue_request
from deskshift.domain.tokens.texts import Invited, Owned, clean, hints, invitation, language, reminder, shown, to_owner
from deskshift.domain.tokens.times import stamp
from deskshift.domain.tokens.words import WORDS
from deskshift.model.errors import InvalidField, PolicyInvalid
from deskshift.model.oauth import OAuthClient
from tests.support.reissues import AGENT, CLIENT, NOW, POLICY, REQUEST, reissue

BEFORE = Before(grants=((CLIENT, AGENT), (CLIENT, None)), clients={CLIENT: digest(b"{}")}, to_check=())
OWN = reissue(agent_id=None, status="confirmed", old_token="retired", ended_at=stamp(NOW), successor="new")
FACTS = Invited(
    name="Ada",
    client="The widget",
    account="Acme",
    deadline="2026-12-15T12:00:00.000Z",
    time_zone="America/Sao_Paulo",
    link="https://widget.example/start",
    decline_link="https://deskshift.example/decline",
)


def test_grants_in_are_grants_out() -> None:
    found = build("acme", "batch-1", BEFORE, [reissue(), OWN], {CLIENT: digest(b"{}")})
    assert (found.grants_in, found.grants_out, found.balanced, found.complete) == (2, 2, True, False)
    assert [(row.agent_id, row.status) for row in found.grants] == [(None, "confirmed"), (AGENT, "invited")]
    assert (found.outcomes, found.old_tokens) == ({"invited": 1, "confirmed": 1}, {"in_force": 1, "retired": 1})
    assert (found.pending, found.missing, found.clients_unchanged) == ((reissue().reissue_id,), (), True)


def test_what_is_missing_or_too_many_is_no_balance() -> None:
    assert build("acme", None, BEFORE, [OWN], {}).missing == ((CLIENT, AGENT),)
    assert not build("acme", None, BEFORE, [OWN], {}).balanced
    assert not build("acme", None, BEFORE, [OWN, reissue(), reissue(client_id="other")], {}).balanced
    twice = msgspec.structs.replace(BEFORE, grants=(*BEFORE.grants, (CLIENT, AGENT)))
    assert not build("acme", None, twice, [OWN, reissue()], {}).balanced


def test_of_several_rounds_the_last_counts() -> None:
    rounds = [reissue(round=2, status="confirmed", ended_at=stamp(NOW)), reissue(status="declined"), OWN]
    found = build("acme", None, BEFORE, rounds, {})
    assert [(row.status, row.rounds) for row in found.grants] == [("confirmed", 1), ("confirmed", 2)]
    assert (found.complete, found.outcomes) == (True, {"confirmed": 2})


@pytest.mark.parametrize(("after", "unchanged"), [(b"{}", True), (b"{ }", False), (None, False)])
def test_a_client_is_unchanged_only_to_the_byte(after: bytes | None, unchanged: bool) -> None:  # noqa: FBT001 - the case
    now = {"added": digest(b"new")} | ({} if after is None else {CLIENT: digest(after)})
    found = build("acme", None, BEFORE, [], now)
    assert (found.clients_unchanged, [one.unchanged for one in found.clients]) == (unchanged, [True, unchanged])


@pytest.mark.parametrize(
    ("locale", "found"),
    [("pt-BR", "pt-BR"), ("pt_PT", "pt-BR"), ("PL", "pl"), ("de-AT", "de"), ("es-419", "es"), ("fr", "en"), ("", "en")],
)
def test_the_language_of_a_letter(locale: str, found: str) -> None:
    assert language(locale) == found


@pytest.mark.parametrize("locale", WORDS)
def test_a_letter_says_who_what_until_when_and_how(locale: str) -> None:
    for letter in (invitation(locale, FACTS), reminder(locale, FACTS)):
        for said in ("Ada", "The widget", "Acme", "2026-12-15 09:00 (America/Sao_Paulo)", FACTS.link):
            assert said in letter.body
        assert "The widget" in letter.subject
        assert "{" not in letter.body + letter.subject
    assert invitation(locale, FACTS).body != invitation("en" if locale != "en" else "de", FACTS).body
    without = msgspec.structs.replace(FACTS, decline_link=None)
    assert WORDS[language(locale)].decline not in invitation(locale, without).body


@pytest.mark.parametrize("locale", WORDS)
def test_an_owner_is_told_each_thing_to_change(locale: str) -> None:
    every = tuple(WORDS[language(locale)].hints)
    facts = Owned(name="Ada", client="The widget", account="Acme", subdomain="acme", hints=every, collection_minutes=15)
    letter = to_owner(locale, facts)
    assert letter.body.count("\n- ") == len(every) == 4
    assert "subdomain=acme" in letter.body
    assert "15" in letter.body
    assert "\n- " not in to_owner(locale, msgspec.structs.replace(facts, hints=())).body


def test_what_the_owner_of_an_integration_has_to_change() -> None:
    client = OAuthClient(
        id=CLIENT,
        name="w",
        redirect_uris=(),
        scopes=(),
        confidential=False,
        grant_types=("authorization_code", "basic"),
    )
    found = hints(client, brokered=True, legacy_address=True)
    assert found == ("subdomain", "collect", "credentials")
    own = msgspec.structs.replace(client, grant_types=("client_credentials",))
    assert hints(own, brokered=False, legacy_address=True) == ("machine",)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Ada\r\nBcc: x", "Ada Bcc: x"),
        ("a\u2028b\u202ec\u200bd\x00", "a b c d"),
        ("see https://mallory.example", "see https mallory. example"),
        ("<b>@www.mallory.example", "b mallory. example"),
        ("Bank evil.example/pay", "Bank evil. example/pay"),
        ("evil\uff0eexample \u0435.\u0440\u0444", "evil. example \u0435. \u0440\u0444"),
        ("http:\\\\evil.example", "http: evil. example"),
        ("10.20.30.40/pay", "10. 20. 30.40/pay"),
        ("wwwww.evil.example", "ww evil. example"),
        ("CRM & Co., v2.0 by J. R. Doe Inc.", "CRM & Co., v2.0 by J. R. Doe Inc."),
        ("{account}", "{account}"),
        ("  x  ", "x"),
        ("a" * 100, "a" * 80 + "…"),
    ],
)
def test_a_name_stays_on_its_line_and_makes_no_link(name: str, found: str) -> None:
    assert clean(name) == found
    letter = invitation("en", msgspec.structs.replace(FACTS, client=name))
    assert len(letter.subject.splitlines()) == 1


def test_a_deadline_by_the_accounts_clock() -> None:
    assert shown("2026-07-01T22:30:00.000Z", "Europe/Warsaw") == "2026-07-02 00:30 (Europe/Warsaw)"


@pytest.mark.parametrize("zone", ["Eastern Time (US & Canada)", "../etc/passwd", "America", "", "\0", "x" * 5000])
def test_a_deadline_by_a_clock_that_nobody_knows_is_in_utc(zone: str) -> None:
    assert shown("2026-07-01T22:30:00.000Z", zone) == "2026-07-01 22:30 (UTC)"


def test_the_policies_that_ship_are_valid() -> None:
    assert [one.edition for one in tokens_policies()] == ["2026-04"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"reminder_days": (7, 3)}, "reminder_days"),
        ({"reminder_days": (3, 3)}, "reminder_days"),
        ({"reminder_days": (0,)}, "reminder_days"),
        ({"reminder_days": (14,)}, "reminder_days"),
        ({"commit_window_hours": 0}, "commit_window_hours"),
        ({"state_minutes": -1}, "state_minutes"),
        ({"version": 2}, "it says edition"),
    ],
)
def test_a_policy_breaks_none_of_its_rules(fields: dict[str, Any], why: str | None) -> None:
    content = msgspec.json.encode(msgspec.structs.replace(POLICY, **fields))
    if why is None:
        assert parse_tokens_policy("2026-04.v1.json", content) == POLICY
        return
    with pytest.raises(PolicyInvalid, match=why):
        parse_tokens_policy("2026-04.v1.json", content)
    with pytest.raises(PolicyInvalid):
        parse_tokens_policy("2026-04.v1.json", b'{"edition": 1}')


BODY = {"schema": 1, "request_id": "request-1", "account_id": "acme", "requested_by": "operator"}


def test_a_request_for_one_grant_a_clients_own_and_all() -> None:
    assert parse_reissue_request({**BODY, "client_id": CLIENT, "agent_id": AGENT}) == REQUEST
    own = parse_reissue_request({**BODY, "client_id": CLIENT, "agent_id": None})
    assert (own.client_id, own.agent_id) == (CLIENT, None)
    assert parse_reissue_request(BODY).client_id is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"agent_id": AGENT}, "agent_id"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": 5}, "client_id"),
        ({"request_id": None}, "request_id"),
        ({"surprise": 1}, "surprise"),
        ({"schema": True}, "schema"),
        ({"batch_id": "batch-1"}, "batch_id"),
    ],
)
def test_a_request_that_can_never_succeed_names_its_field(fields: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidField) as caught:
        parse_reissue_request({**BODY, **fields})
    assert caught.value.field == named


def test_a_task_token_is_taken_first_and_never_shown() -> None:
    assert task_token({"task_token": "canary", "surprise": 1}) == "canary"
    assert task_token({}) is task_token([]) is None
    for wrong in ("", "canary" * 200, ["canary"]):
        with pytest.raises(InvalidField) as caught:
            task_token({"task_token": wrong})
        assert "canary" not in str(caught.value)
