"""Who and what a reissue is about: the account, its people, and the issuer's clients."""

import msgspec

from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.scopes import is_administrator
from deskshift.model.account import Account, Agent
from deskshift.model.oauth import OAuthClient


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Clients and people as they were read, by their ids."""

    account: Account
    agents: dict[str, Agent]
    clients: dict[str, OAuthClient]

    def administrator(self, agent_id: str | None) -> bool:
        """Whether an agent may grant what only administrators may; a client's own grant is no agent's."""
        if agent_id is None:
            return True
        agent = self.agents.get(agent_id)
        return agent is not None and is_administrator(agent, self.account.chat_owner_id)

    def start(self, client_id: str) -> str | None:
        """Give an integration's own authorization start; anything may stand there."""
        client = self.clients.get(client_id)
        return None if client is None else client.authorization_start

    def locale(self, agent_id: str | None) -> str:
        """Give the language in which somebody is written to: their own, else the account's."""
        agent = None if agent_id is None else self.agents.get(agent_id)
        return self.account.locale if agent is None or agent.locale is None else agent.locale


def read_known(wiring: TokenWiring, account_id: str, issuer: TokenIssuer, only: str | None = None) -> Known:
    """Read clients and people as they are now; with `only` of the people that one agent."""
    directory = wiring.platform(account_id).directory
    one = None if only is None else directory.agent(only)
    people = directory.agents() if only is None else () if one is None else (one,)
    return Known(
        account=directory.account(),
        agents={agent.id: agent for agent in people},
        clients={client.id: client for client in issuer.clients()},
    )
