"""From what an agent's desktop says of the agent to the event that is kept, or a refusal."""

from __future__ import annotations

from schemas.agents import AgentStatusReported
from services.intake.domain.arrivals import NO_CHANNEL, Accepted, Arrival, check_occurred_at, check_scope
from services.intake.domain.identity import identify_agent_status
from services.intake.domain.refusals import RequestRefused
from services.intake.domain.request_body import RequestBody


def accept_agent_status(given: RequestBody, agent_id: str, arrival: Arrival) -> Accepted:
    """What the agent ``agent_id`` does from now on. Raises RequestRefused."""
    check_scope(arrival.sender, ("agent-status",), arrival.now)
    if arrival.sender.is_test:
        raise RequestRefused("test_key", "This key is for tests, and no agent is one: send it with another key")
    fields = {**vars(given)}
    occurred_at = check_occurred_at(fields.pop("occurred_at"), arrival.now)
    event_id, duplicate_safe = identify_agent_status(
        arrival.sender.owner, agent_id, arrival.idempotency_key, arrival.sender.fresh_id
    )
    event = AgentStatusReported(
        **fields, event_id=event_id, agent_id=agent_id, occurred_at=occurred_at, recorded_at=arrival.now
    )
    return Accepted(event, agent_id, NO_CHANNEL, duplicate_safe)
