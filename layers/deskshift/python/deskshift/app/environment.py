"""Read variables of the environment that have to be there."""

from collections.abc import Mapping

from deskshift.model.errors import MissingVariable


def needed(environment: Mapping[str, str], name: str) -> str:
    """Give a variable's value.

    Raises:
        MissingVariable: naming it; an empty one is none.
    """
    value = environment.get(name)
    if not value:
        raise MissingVariable(name)
    return value
