"""A compact set of ids holds what was added, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.id_set import IdSet


@given(st.sets(st.text(max_size=20)), st.sets(st.text(max_size=20)))
def test_it_holds_what_was_added_and_nothing_else(added: set[str], others: set[str]) -> None:
    held = IdSet()
    for one in added:
        held.add(one)
    assert all(one in held for one in added)
    assert not any(one in held for one in others - added)


def test_thousands_are_told_apart() -> None:
    held = IdSet()
    for number in range(0, 20_000, 2):
        held.add(f"conversation-{number}")
    assert all((f"conversation-{number}" in held) == (number % 2 == 0) for number in range(20_000))
