"""The list of mutations fits the product as it is, the tests that it names exist, and docs/faults.md shows it."""

import ast
from collections import Counter

import pytest

from tests.faults.mutation_list import MUTATIONS, Mutation
from tests.support.product import ROOT

FEWEST = 14
each = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTATIONS) >= FEWEST
    assert [name for name, times in Counter(mutation.name for mutation in MUTATIONS).items() if times > 1] == []


@each
def test_what_is_replaced_stands_there_once_and_the_rest_is_still_a_module(mutation: Mutation) -> None:
    source = (ROOT / mutation.file).read_text(encoding="utf-8")
    mutated = mutation.applied(source)
    assert ast.dump(ast.parse(mutated)) != ast.dump(ast.parse(source))


def test_a_text_that_stands_there_twice_or_never_is_refused() -> None:
    (mutation, *_) = MUTATIONS
    for source in ("", mutation.old * 2):
        with pytest.raises(ValueError, match=mutation.name):
            mutation.applied(source)


@each
def test_the_tests_that_catch_it_are_there(mutation: Mutation) -> None:
    for test in mutation.tests:
        file, _, name = test.partition("::")
        source = (ROOT / file).read_text(encoding="utf-8")
        assert not name or f"\ndef {name.partition('[')[0]}(" in source


@each
def test_a_function_whose_calls_are_killed_is_one_of_the_products(mutation: Mutation) -> None:
    assert mutation.killed_in is None or (ROOT / "functions" / mutation.killed_in / "app.py").is_file()


def test_the_page_shows_them_as_they_are() -> None:
    _, _, page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").partition("| mutation |")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{m.name}` | `{m.file.name}` | {m.breaks} | {m.caught_by} |" for m in MUTATIONS]
