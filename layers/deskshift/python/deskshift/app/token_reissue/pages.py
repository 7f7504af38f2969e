"""The pages that an agent sees: plain HTML without scripts, in their language, with nothing loaded from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from deskshift.domain.tokens.page_words import PAGE_WORDS, PageWords
from deskshift.domain.tokens.texts import clean, language, shown

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b}"
    "h1{font-size:1.4rem}form{display:inline}"
    "button,a.button{font:inherit;display:inline-block;padding:.5rem 1.2rem;margin:.5rem .5rem 0 0;"
    "border:1px solid #1b1b1b;border-radius:.3rem;background:#fff;color:#1b1b1b;text-decoration:none;cursor:pointer}"
    ".first{background:#1b1b1b!important;color:#fff!important}"
)
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def policy() -> str:
    """Write the content security policy: no script, no frame, and forms that go nowhere else."""
    return "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class Asked(NamedTuple):
    """What an agent is asked: until when (RFC 3339, and the account's IANA time zone), and where it begins.

    `start` is the integration's own authorization start, checked; None: the authorization begins here. `possible`
    False: it begins nowhere now, and the integration's owner has to be asked.
    """

    deadline: str
    time_zone: str
    start: str | None
    possible: bool = True


def question(locale: str, names: Mapping[str, str], asked: Asked) -> str:
    """Ask an agent to authorize or to decline; `names` are `client` and `account`."""
    words, filled = _words(locale), _filled(names)
    told = [
        f"<p>{_text(words.question.format(**filled))}</p>",
        f"<p>{_text(words.deadline.format(deadline=shown(asked.deadline, asked.time_zone)))}</p>",
        _first(words, asked),
        _button("decline", words.decline, "second"),
    ]
    return _page(locale, words.title.format(**filled), "\n".join(told))


def _first(words: PageWords, asked: Asked) -> str:
    if not asked.possible:
        return f'<p data-outcome="ask_owner">{_text(words.ask_owner)}</p>'
    if asked.start is None:
        return _button("accept", words.authorize, "first")
    return f'<a class="button first" rel="noreferrer" href="{escape(asked.start)}">{_text(words.authorize)}</a>'


def message(locale: str, name: str, names: Mapping[str, str]) -> str:
    """Tell an agent how it ended; `name` is the sentence's in `PageWords`, `names` may be empty."""
    words, filled = _words(locale), _filled(names)
    sentence = str(getattr(words, name)).format(**filled)
    told = f'<p data-outcome="{escape(name)}">{_text(sentence)}</p>'
    return _page(locale, words.title.format(**filled).strip(" :"), told)


def onward(locale: str, names: Mapping[str, str], address: str) -> str:
    """Lead a browser on to the issuer: by itself, without a script, and by a link where it does not go by itself.

    Args:
        locale: the agent's.
        names: `client` and `account`.
        address: the issuer's authorization page, with the state; it may be nowhere but here.
    """
    words, filled = _words(locale), _filled(names)
    link = f'<a class="button first" rel="noreferrer" href="{escape(address)}">{_text(words.authorize)}</a>'
    told = f'<p data-outcome="onward">{_text(words.onward)}</p>\n{link}'
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(address)}">\n'
    return _page(locale, words.title.format(**filled), told, refresh)


def _button(decision: str, label: str, kind: str) -> str:
    return (
        f'<form method="post"><button class="{kind}" name="decision" value="{decision}">{_text(label)}</button></form>'
    )


def _words(locale: str) -> PageWords:
    return PAGE_WORDS[language(locale)]


def _filled(names: Mapping[str, str]) -> dict[str, str]:
    return {"client": clean(names.get("client", "")), "account": clean(names.get("account", ""))}


def _text(text: str) -> str:
    return escape(text, quote=False)


def _page(locale: str, title: str, body: str, head: str = "") -> str:
    return (
        f'<!doctype html>\n<html lang="{language(locale)}">\n<head>\n<meta charset="utf-8">\n{head}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{_text(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{_text(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
