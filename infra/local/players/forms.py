"""The forms of a page, as a person without JavaScript has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """A form: where and how it is sent, its hidden fields, and its buttons as (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def with_button(self, name: str, value: str) -> dict[str, str] | None:
        """Return what is sent when a button is pressed; None if the form has no such button."""
        return {**self.fields, name: value} if (name, value) in self.buttons else None


@dataclass(slots=True)
class Page:
    """What a person finds on a page. `outcome` is what the sandbox's integrations say of how it ended.

    `refresh` is where the page sends a browser by itself (`<meta http-equiv="refresh">`); empty: nowhere.
    """

    forms: list[Form]
    outcome: str
    refresh: str = ""


def read_page(html: str) -> Page:
    """Read the forms of a page, and its outcome if it names one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(reader.forms, reader.outcome, reader.refresh)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.outcome = ""
        self.refresh = ""
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.outcome = given.get("data-outcome") or self.outcome
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.refresh = given.get("content", "").partition("url=")[2]
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self._open)
        elif self._open is not None:
            self._control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name, value = self._open, given.get("name", ""), given.get("value", "")
        if form is None:
            return
        if tag == "button" or given.get("type") == "submit":
            form.buttons.append((name, value))
        elif tag == "input" and name:
            form.fields[name] = value
