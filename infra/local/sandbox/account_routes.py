"""Operations of the contract on the account itself: who it is, what it may do, its agents."""

from __future__ import annotations

from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import not_found
from infra.local.sandbox.paging import limit_of, page_after

_MOST_AGENTS = 1000


def _account(call: Call) -> Answer:
    account = call.account
    return json_answer(
        {
            "id": account.id,
            "name": account.name,
            "time_zone": account.time_zone,
            "locale": account.locale,
            "help_desk": {"ticket_statuses": account.ticket_statuses, "sla": account.sla},
            "plan": {"help_desk": account.plan.get("help_desk", False)},
            "scopes": account.scopes,
            "listing_lag_ms": account.listing_lag_ms,
            "rate_limit": account.rate_limit,
            "chat_owner_id": account.chat_owner_id,
        }
    )


def _agents(call: Call) -> Answer:
    agents = call.account.agents
    limit = limit_of(call.query, _MOST_AGENTS)
    page, following = page_after(sorted(agents), call.query.get("cursor"), "agents", "", limit)
    return json_answer({"items": [agents[identifier] for identifier in page], "next_cursor": following})


def _agent(call: Call) -> Answer:
    agent = call.account.agents.get(call.path["id"])
    if agent is None:
        raise not_found("agent")
    return json_answer(agent)


OPERATIONS = (
    Operation("GET", "/v1/account", None, _account),
    Operation("GET", "/v1/agents", None, _agents),
    Operation("GET", "/v1/agents/{id}", None, _agent),
)
