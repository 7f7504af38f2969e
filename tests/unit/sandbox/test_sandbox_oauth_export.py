"""What of oauth.json is refused, and how that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.sample_account import sample_account, write_sample
from infra.local.sandbox.export import ExportError, load_export, parse_export
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_oauth import access, digest, example_oauth

if TYPE_CHECKING:
    from infra.local.sandbox.export import AccountExport

DOCUMENT = Path(__file__).parents[3] / "docs" / "account-export.md"
LEFT_OUT = object()
CRM, EXPORT, GRANT = "clients[0]", "clients[3]", "grants[0]"


def parsed(oauth: Any) -> AccountExport:  # noqa: ANN401 - any JSON is tried
    return parse_export({**example_export(), "oauth": oauth})


def changed(path: str, to: object) -> Any:  # noqa: ANN401 - any JSON is tried
    """Return the example with one field set, or left out."""
    oauth: Any = example_oauth()
    item = oauth
    *steps, last = [int(each) if each.isdigit() else each for each in re.findall(r"[^.\[\]]+", path)]
    for step in steps:
        item = item[step]
    if to is LEFT_OUT:
        del item[last]
    else:
        item[last] = to
    return oauth


def test_the_sample_has_a_client_for_each_route_and_its_file_is_read(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    oauth = load_export(tmp_path).oauth
    assert oauth is not None
    assert {kind for each in oauth.clients for kind in each.grant_types} == {
        "authorization_code",
        "client_credentials",
        "api_key",
        "basic",
    }
    assert {each.confidential for each in oauth.clients} == {True, False}
    assert any(uri.startswith("{deskshift}/") for each in oauth.clients for uri in each.redirect_uris)
    languages = {agent.get("locale") for agent in sample_account(1)["agents"]}
    assert languages == {"pt-BR", "es", "de", "pl", None}
    (tmp_path / "oauth.json").unlink()
    assert load_export(tmp_path).oauth is None


def test_the_documents_example_loads_without_a_warning() -> None:
    (example,) = re.findall(r"\n## oauth.json\n.*?```json\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    loaded = parse_export({**sample_account(1), "oauth": json.loads(example)})
    assert loaded.oauth is not None
    assert loaded.warnings == ()
    assert len(loaded.oauth.clients) == 5


def test_what_may_be_left_out_has_its_default() -> None:
    loaded = parsed(example_oauth())
    assert loaded.warnings == ()
    assert loaded.oauth is not None
    token = loaded.oauth.grants[1].tokens[0]
    assert (token.refresh_sha256, token.refresh_expires_at, token.scopes, token.revoked) == (None, None, [], False)


def test_unknown_fields_are_warned_of_by_name() -> None:
    oauth = example_oauth()
    oauth["grants"][0]["tokens"][0]["value"] = "never"
    oauth["issuer"] = "acme"
    assert [(each.file, each.field, each.count) for each in parsed(oauth).warnings] == [
        ("oauth.json", "grants.tokens.value", 1),
        ("oauth.json", "issuer", 1),
    ]


def test_an_owner_may_have_left() -> None:
    assert parsed(changed(f"{CRM}.owner_id", "gone")).oauth is not None


BAD: list[tuple[str, object, str, str]] = [
    ("clients", LEFT_OUT, "missing_field", "nothing"),
    ("grants", LEFT_OUT, "missing_field", "nothing"),
    (f"{CRM}.secret_sha256", LEFT_OUT, "missing_field", "nothing"),
    (f"{GRANT}.tokens[0].sha256", LEFT_OUT, "missing_field", "nothing"),
    ("clients", {}, "mistyped_field", "{}"),
    (CRM, "crm", "mistyped_field", "crm"),
    (f"{CRM}.confidential", "yes", "mistyped_field", "yes"),
    (f"{CRM}.redirect_uris", "https://crm.example", "mistyped_field", "crm.example"),
    (f"{CRM}.scopes", "read write", "mistyped_field", "read write"),
    (f"{GRANT}.tokens[0].expires_at", 7200, "mistyped_field", "7200"),
    (f"{CRM}.id", "c r m", "invalid_value", "c r m"),
    (f"{CRM}.scopes", ["read write"], "invalid_value", "read write"),
    (f"{CRM}.grant_types", [], "invalid_value", "[]"),
    (f"{CRM}.grant_types", ["password"], "invalid_value", "password"),
    (f"{CRM}.redirect_uris", [], "invalid_value", "[]"),
    (f"{CRM}.redirect_uris", ["/callback"], "invalid_value", "/callback"),
    (f"{CRM}.redirect_uris", ["http://crm.example/callback"], "invalid_value", "http://crm"),
    (f"{CRM}.redirect_uris", ["https://crm.example/#end"], "invalid_value", "#end"),
    (f"{CRM}.redirect_uris", ["https://[crm/"], "invalid_value", "[crm"),
    (f"{CRM}.redirect_uris", ["https://crm.example/a\nb"], "invalid_value", "crm"),
    (f"{CRM}.redirect_uris", ["{elsewhere}/callback"], "invalid_value", "elsewhere"),
    (f"{CRM}.authorization_start", "javascript:alert(1)", "invalid_value", "javascript"),
    (f"{CRM}.secret_sha256", "canary-secret", "invalid_value", "a string of 13 characters"),
    (f"{CRM}.secret_sha256", ["canary-secret"], "mistyped_field", "a value of type list"),
    (f"{CRM}.id", "..", "invalid_value", ".."),
    (f"{CRM}.name", " ", "invalid_value", " "),
    (f"{CRM}.grant_types", ["authorization_code"] * 2, "invalid_value", "authorization_code"),
    (f"{CRM}.redirect_uris", ["https://crm.example/"] * 2, "invalid_value", "https://crm.example/"),
    (f"{CRM}.authorization_start", "https://crm.example:99999/start", "invalid_value", "99999"),
    ("clients[2].authorization_start", "https://crm.example/start?dialer", "invalid_value", "start?dialer"),
    (f"{GRANT}.tokens[1].refresh_expires_at", "2027-03-01T08:00:00.000Z", "invalid_value", "2027"),
    (f"{GRANT}.tokens[0].refresh_expires_at", "2024-03-01T07:00:00.000Z", "invalid_value", "2024"),
    (f"{GRANT}.tokens[0].last_used_at", "2024-03-01T07:00:00.000Z", "invalid_value", "2024"),
    (f"{GRANT}.tokens[0].refresh_sha256", "canary-refresh", "invalid_value", "a string of 14 characters"),
    (f"{CRM}.secret_sha256", None, "invalid_value", "null"),
    ("clients[1].secret_sha256", digest("x"), "invalid_value", "a string of 64 characters"),
    (f"{EXPORT}.confidential", False, "invalid_value", "false"),
    (f"{GRANT}.tokens[0].created_at", "2024-03-01T08:00:00Z", "invalid_value", "2024-03-01"),
    (f"{GRANT}.tokens[0].expires_at", "2024-03-01T08:00:00.000Z", "invalid_value", "2024-03-01"),
    (f"{GRANT}.tokens[0].sha256", access("t-2"), "invalid_value", "a string of 17 characters"),
    (f"{GRANT}.tokens[1].scopes", ["chat"], "invalid_value", "chat"),
    (f"{GRANT}.scopes", ["read", "admin"], "invalid_value", "admin"),
    (f"{GRANT}.agent_id", None, "invalid_value", "null"),
    ("clients[1].id", "crm", "duplicate_id", "crm"),
    ("grants[1].agent_id", "ann", "duplicate_id", "ann"),
    (f"{GRANT}.tokens[1].id", "t-2", "duplicate_id", "t-2"),
    ("grants[1].tokens[0].sha256", digest(access("t-2")), "duplicate_id", "a string of 64 characters"),
    (f"{GRANT}.client_id", "nobody", "broken_link", "nobody"),
    (f"{GRANT}.agent_id", "gone", "broken_link", "gone"),
]


@pytest.mark.parametrize(("path", "to", "code", "found"), BAD)
def test_what_is_wrong_is_named(path: str, to: object, code: str, found: str) -> None:
    with pytest.raises(ExportError) as refused:
        parsed(changed(path, to))
    error = refused.value
    assert (error.code, error.file, error.line) == (code, "oauth.json", 1)
    assert error.field == path
    assert found in error.found
    assert error.allowed
    if "sha256" in path:
        assert str(to) not in str(error) or to is None  # it may be the secret itself
