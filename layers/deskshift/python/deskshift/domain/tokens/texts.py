"""The letters to agents and to the owners of integrations, in their language; plain text.

Names come from the account and may hold anything: they stay on their line, and begin no header and no link.
"""

import re
import unicodedata
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from deskshift.domain.tokens.times import instant
from deskshift.domain.tokens.words import WORDS, Hint, Language, Words
from deskshift.model.oauth import OAuthClient

_LONGEST_NAME = 80
_LINK = re.compile(r"://|www\.|[@<>]|\\\\", re.IGNORECASE)
_DOT = re.compile(r"\.(?=[^\W\d])|\.(?=\d+\.)")
"""The dot of what may be a domain or an address of four numbers: before a letter, or between numbers."""
_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024", "."))
"""What browsers take for a dot."""


class Letter(msgspec.Struct, frozen=True):
    """A subject, which is one line, and a body whose lines end in a newline."""

    subject: str
    body: str


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter to an agent tells. `decline_link` None: there is no page for it.

    Both links are made by deskshift or checked when the route was chosen.
    """

    name: str
    client: str
    account: str
    deadline: str
    time_zone: str
    link: str
    decline_link: str | None = None


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter to an integration's owner tells; `hints` say what to change in it."""

    name: str
    client: str
    account: str
    subdomain: str
    hints: tuple[Hint, ...]
    collection_minutes: int


def language(locale: str) -> Language:
    """Give the language of a letter for a locale (BCP 47); English for one that there are no words for."""
    first = re.split(r"[-_]", locale.lower(), maxsplit=1)[0]
    known: dict[str, Language] = {one.split("-", maxsplit=1)[0]: one for one in WORDS}
    return known.get(first, "en")


def invitation(locale: str, facts: Invited) -> Letter:
    """Write the invitation to authorize again."""
    words = WORDS[language(locale)]
    return _to_agent(words, words.invitation_subject, words.invitation, facts)


def reminder(locale: str, facts: Invited) -> Letter:
    """Write the reminder of an invitation."""
    words = WORDS[language(locale)]
    return _to_agent(words, words.reminder_subject, words.reminder, facts)


def to_owner(locale: str, facts: Owned) -> Letter:
    """Write to the owner of an integration what to change in it."""
    words = WORDS[language(locale)]
    names = {"name": clean(facts.name), "client": clean(facts.client), "account": clean(facts.account)}
    filled = {"subdomain": clean(facts.subdomain), "minutes": facts.collection_minutes}
    hints = [f"- {words.hints[hint].format(**filled)}" for hint in dict.fromkeys(facts.hints)]
    paragraphs = [
        words.greeting.format(**names),
        words.owner.format(**names),
        words.unchanged,
        *(["\n".join(hints)] if hints else []),
        words.closing,
    ]
    return Letter(words.owner_subject.format(**names), _body(paragraphs))


def hints(client: OAuthClient, *, brokered: bool, legacy_address: bool) -> tuple[Hint, ...]:
    """Find what the owner of an integration has to change in it.

    Args:
        client: the integration.
        brokered: whether deskshift hands it its tokens.
        legacy_address: whether the issuer's old authorize address needs the account's subdomain now.
    """
    coded = "authorization_code" in client.grant_types
    found: dict[Hint, bool] = {
        "subdomain": legacy_address and coded,
        "collect": brokered,
        "machine": "client_credentials" in client.grant_types,
        "credentials": bool({"api_key", "basic"} & set(client.grant_types)),
    }
    return tuple(hint for hint, applies in found.items() if applies)


def clean(name: str) -> str:
    """Bring a name to one line without control characters, and without what a mail program makes a link of."""
    kept = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in unicodedata.normalize("NFC", name))
    text = _DOT.sub(". ", _LINK.sub(" ", " ".join(kept.translate(_DOTS).split())))
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME].rstrip()}…"


def shown(deadline: str, time_zone: str) -> str:
    """Show an instant by the account's clock, in the same form in every language; in UTC if the zone is not known."""
    try:
        zone, name = ZoneInfo(time_zone), time_zone
    except (KeyError, ValueError, OSError):  # no such key; no key at all; a directory of zones
        zone, name = ZoneInfo("UTC"), "UTC"
    return f"{instant(deadline).astimezone(zone):%Y-%m-%d %H:%M} ({name})"


def _to_agent(words: Words, subject: str, first: str, facts: Invited) -> Letter:
    names = {"name": clean(facts.name), "client": clean(facts.client), "account": clean(facts.account)}
    decline = [] if facts.decline_link is None else [f"{words.decline}\n{facts.decline_link}"]
    paragraphs = [
        words.greeting.format(**names),
        first.format(**names),
        f"{words.link}\n{facts.link}",
        words.deadline.format(deadline=shown(facts.deadline, facts.time_zone)),
        words.otherwise,
        *decline,
        words.closing,
    ]
    return Letter(subject.format(**names), _body(paragraphs))


def _body(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
