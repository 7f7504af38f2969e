"""The scopes of a new token: within the old ones, the client's, and what the agent's role may grant (Z-12)."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.model.account import Agent
from deskshift.model.oauth import Grant, OAuthClient

ADMINISTRATORS = frozenset({"admin", "super_admin"})
NOT_GRANTED = "it was asked for, and the new token does not have it"


class Scopes(msgspec.Struct, frozen=True):
    """What is asked for, and what was granted before and is not asked for, each with the reason."""

    kept: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...] = ()


def is_administrator(agent: Agent, chat_owner_id: str | None) -> bool:
    """Say whether an agent is an administrator now: the owner of the chat account has become one (Z-12)."""
    return agent.role in ADMINISTRATORS or agent.id == chat_owner_id


def narrowed(grant: Grant, client: OAuthClient, policy: TokensPolicy, *, administrator: bool) -> Scopes:
    """Narrow a grant's scopes, in their order; nothing is ever added.

    Where nobody knows what they were, a new token is judged by what the client is registered for, and the agent's role.

    Args:
        grant: what was granted before.
        client: a client without scopes is one that its issuer does not limit.
        policy: says which scopes only an administrator may grant.
        administrator: whether the agent is one; of the client's own grant, which no agent gives, it is True.
    """
    kept: list[str] = []
    dropped: list[tuple[str, str]] = []
    if unknown(grant):
        return Scopes(tuple(one for one in client.scopes if administrator or not needs_administrator(one, policy)))
    for scope in dict.fromkeys(grant.scopes):
        if client.scopes and scope not in client.scopes:
            dropped.append((scope, "the client is not registered for it"))
        elif not administrator and needs_administrator(scope, policy):
            dropped.append((scope, "only an administrator may grant it, and the agent is none"))
        else:
            kept.append(scope)
    return Scopes(tuple(kept), tuple(dropped))


def unknown(grant: Grant) -> bool:
    """Say whether the issuer shows nothing of what a grant had: its old tokens are not listed any more."""
    return not grant.scopes and not grant.tokens


def needs_administrator(scope: str, policy: TokensPolicy) -> bool:
    """Say whether only an administrator may grant a scope."""
    return any(fnmatchcase(scope, pattern) for pattern in policy.admin_scopes)


def beyond(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """Find the scopes of a new token that nobody asked for."""
    return tuple(sorted(set(granted) - set(asked)))


def not_granted(asked: Iterable[str], granted: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Find the scopes that were asked for and that the new token does not have."""
    return tuple((scope, NOT_GRANTED) for scope in sorted(set(asked) - set(granted)))
