from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
import urllib3

import infra.local.sandbox.client as client_module
from infra.local.sandbox.client import Sandbox, SandboxError
from tests.integration.sandbox.platform_client import SECRET
from tests.unit.sandbox.example_account import example_export


def test_it_ends_with_the_process_that_started_it() -> None:
    sandbox = Sandbox().start()
    url = sandbox.url
    sandbox.close()
    sandbox.close()
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", f"{url}/_sandbox/health", retries=False, timeout=5)


def test_a_bad_export_names_file_line_and_field(sandbox: Sandbox) -> None:
    export = example_export("bad")
    del export["conversations"][2]["status"]
    with pytest.raises(SandboxError) as refused:
        sandbox.add_account(export, token="token-bad", webhook_secret=SECRET)
    error = refused.value.error
    facts = (error["code"], error["file"], error["line"], error["field"])
    assert facts == ("missing_field", "conversations.jsonl", 3, "status")


def test_a_token_is_one_accounts(sandbox: Sandbox) -> None:
    for name in ("one", "two"):
        export = example_export(f"token-test-{name}")
        if name == "one":
            assert sandbox.add_account(export, token="same", webhook_secret=SECRET) == "token-test-one"
            assert sandbox.add_account(export, token="same", webhook_secret=SECRET) == "token-test-one"
        else:
            with pytest.raises(SandboxError):
                sandbox.add_account(export, token="same", webhook_secret=SECRET)
    sandbox.remove_account("token-test-one")
    with pytest.raises(SandboxError):
        sandbox.state("token-test-one")


def test_unknown_options_and_channels_are_refused(sandbox: Sandbox) -> None:
    sandbox.add_account(example_export("options"), token="options", webhook_secret=SECRET)
    for attempt in ({"ids": "other"}, {"colour": "red"}, {"listing_lag_ms": "long"}):
        with pytest.raises(SandboxError):
            sandbox.set_options("options", **attempt)
    with pytest.raises(SandboxError):
        sandbox.arrivals("options", 5, "fax")
    sandbox.remove_account("options")


def test_a_sample_account_is_served_from_its_folder(sandbox: Sandbox) -> None:
    folder = Path("/work/shared/data/account-5k")
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    assert sandbox.add_account(folder, token="globex", webhook_secret=SECRET) == "globex"
    assert len(sandbox.state("globex")["versions"]) == 5000
    sandbox.remove_account("globex")


def test_it_imports_nothing_of_deskshift() -> None:
    for path in Path(os.fspath(client_module.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "deskshift"], path
