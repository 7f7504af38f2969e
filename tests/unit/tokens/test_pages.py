"""What the pages and their cookies say, without a stack."""

from html import escape

import pytest

from deskshift.app.token_reissue.begin import cookie_name
from deskshift.app.token_reissue.pages import onward
from deskshift.domain.tokens.words import WORDS
from deskshift.model.issuer_connection import IssuerConnection
from infra.local.players.forms import read_page

NAMES = {"client": "The widget", "account": "Acme"}


@pytest.mark.parametrize("locale", WORDS)
def test_a_page_leads_on_by_itself_and_by_a_link(locale: str) -> None:
    address = "https://issuer.example/authorize?state=a&scope=read%20write&x='\"><script>"
    html = onward(locale, NAMES, address)
    assert read_page(html).refresh == address
    assert f'href="{escape(address)}"' in html
    assert "<script" not in html


@pytest.mark.parametrize(("scheme", "prefix"), [("https", "__Secure-oauth-"), ("http", "oauth-")])
def test_a_cookie_is_of_https_alone_where_the_stack_has_it(scheme: str, prefix: str) -> None:
    connection = IssuerConnection(account_id="acme", public_url=f"{scheme}://tokens.example")
    assert cookie_name(connection, "state").startswith(prefix)
    assert cookie_name(connection, "state") != cookie_name(connection, "another")
