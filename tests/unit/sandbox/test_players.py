"""How people are played: who does what, what they find on a page, and where an address leads."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.local.players.agents import places_of
from infra.local.players.forms import read_page
from infra.local.players.fractions import FractionsError, choices_of, parse_fractions


def test_fractions_are_met_as_nearly_as_whole_numbers_can() -> None:
    fractions = parse_fractions("accept=0.8, decline=0.1, ignore=0.1")
    assert Counter(choices_of(1000, fractions, 1)) == {"accept": 800, "decline": 100, "ignore": 100}
    assert Counter(choices_of(12, fractions, 1)) == {"accept": 10, "decline": 1, "ignore": 1}
    assert choices_of(1, fractions, 1) == ["accept"]
    assert choices_of(0, fractions, 1) == []
    assert set(choices_of(7, parse_fractions("ignore=1"), 1)) == {"ignore"}


def test_the_seed_says_who_does_what_and_nothing_else_does() -> None:
    fractions = parse_fractions("accept=0.5,decline=0.5")
    assert choices_of(50, fractions, 3) == choices_of(50, fractions, 3)
    assert choices_of(50, fractions, 3) != choices_of(50, fractions, 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "''"),
        ("accept", "''"),
        ("accept=0.8", "0.8"),
        ("accept=0.8,decline=0.3", "1.1"),
        ("accept=1,accept=0", "'accept'"),
        ("accept=1,hesitate=0", "'hesitate'"),
        ("accept=-1,decline=2", "'-1'"),
        ("accept=nan,decline=1", "'nan'"),
        ("accept=most,decline=0.1", "'most'"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, found: str) -> None:
    with pytest.raises(FractionsError) as refused:
        parse_fractions(text)
    assert found in refused.value.found
    assert refused.value.allowed


def test_a_page_has_forms_buttons_and_hidden_fields() -> None:
    page = read_page(
        '<main data-outcome="connected"><button name="outside" value="1">x</button>'
        '<form method="post" action="/a?b=1&amp;c=2"><input type="hidden" name="state" value="s&quot;">'
        '<button name="decision" value="accept">Yes</button><input type="submit" name="decision" value="decline">'
        "</form><form><button>Go on</button></form></main>"
    )
    first, second = page.forms
    assert page.outcome == "connected"
    assert (first.action, first.method) == ("/a?b=1&c=2", "POST")
    assert first.with_button("decision", "decline") == {"state": 's"', "decision": "decline"}
    assert first.with_button("decision", "ignore") is None
    assert (second.method, second.buttons) == ("GET", [("", "")])


def test_registered_addresses_lead_to_where_they_are_played_and_deskshifts_does_not() -> None:
    integration = {
        "client_id": "crm",
        "authorization_start": "https://crm.example/start?from=mail",
        "redirect_uris": ["https://crm.example/callback?tenant=1", "https://deskshift.example/callback"],
        "played_start": "http://127.0.0.1:1/start",
        "played_callback": "http://127.0.0.1:1/callback",
    }
    assert places_of([integration]) == {  # type: ignore[list-item] # as it comes over the wire
        "https://crm.example/start": "http://127.0.0.1:1/start",
        "https://crm.example/callback": "http://127.0.0.1:1/callback",
    }
