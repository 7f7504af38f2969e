"""Policies are data: what can move, and on which conditions, by edition and version (H-02)."""

from typing import Protocol, TypeVar

import msgspec

from deskshift.model.errors import InvalidField, PolicyInvalid


class Edition(Protocol):
    """What every policy bears."""

    @property
    def edition(self) -> str:
        """The month that names it."""
        ...

    @property
    def version(self) -> int:
        """Counts the changes of an edition."""
        ...


P = TypeVar("P", bound=Edition)


class MobileApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the help desk is in the mobile app, and what to tell people if it is not (H-08)."""

    has_help_desk: bool
    note: str


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edition's rules.

    `refused_kinds` names what to do instead for each kind that is refused (H-03). `fallback_address_suffixes` are the
    ends of e-mail addresses that the platform gave itself; such a channel is refused. `bot_actions` are the only
    actions that a bot may have (H-34).
    """

    edition: str
    version: int
    movable_kinds: tuple[str, ...]
    refused_kinds: dict[str, str]
    fallback_address_suffixes: tuple[str, ...] = ()
    bot_actions: tuple[str, ...]
    mobile_app: MobileApp


def parse_policy(file: str, content: bytes) -> Policy:
    """Read a policy file named `<edition>.v<version>.json`.

    Raises:
        PolicyInvalid: its form is wrong, its name does not match, or its rules contradict each other.
    """
    try:
        policy = msgspec.json.decode(content, type=Policy)
    except msgspec.DecodeError as error:
        raise PolicyInvalid(file, str(error)) from None
    if file != f"{policy.edition}.v{policy.version}.json":
        raise PolicyInvalid(file, f"it says edition {policy.edition} version {policy.version}")
    both = sorted(set(policy.movable_kinds) & set(policy.refused_kinds))
    if both:
        raise PolicyInvalid(file, f"{', '.join(both)} both moves and is refused")
    return policy


def choose_policy(policies: tuple[P, ...], edition: str | None, version: int | None = None) -> P:
    """Pick an edition's policy: the newest edition and version by default; a running move names both and keeps them.

    Raises:
        InvalidField: there is no such edition.
    """
    fitting = [
        policy
        for policy in policies
        if (edition is None or policy.edition == edition) and (version is None or policy.version == version)
    ]
    if not fitting:
        raise InvalidField("edition", repr(edition), f"one of {', '.join(sorted({p.edition for p in policies}))}")
    return max(fitting, key=lambda policy: (policy.edition, policy.version))
