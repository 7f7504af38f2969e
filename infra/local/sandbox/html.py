"""The pages that a person sees in a browser: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from infra.local.sandbox.call import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = "body{font:1rem/1.5 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}button{margin:.3rem .3rem 0 0}"


def page(
    title: str, *parts: str, status: int = 200, outcome: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return a page; the parts are HTML. `outcome` is for programs that play a person: how it ended."""
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f'<body><main data-outcome="{escape(outcome)}"><h1>{escape(title)}</h1>{"".join(parts)}</main></body></html>'
    )
    return Answer(status, body.encode(), "text/html; charset=utf-8", {**_HEADERS, **(headers or {})})


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def form(action: str, *parts: str) -> str:
    """Return a form that is posted; the parts are HTML."""
    return f'<form method="post" action="{escape(action)}">{"".join(parts)}</form>'


def button(name: str, value: str, text: str) -> str:
    """Return a button that sends a field."""
    return f'<button name="{escape(name)}" value="{escape(value)}">{escape(text)}</button>'
