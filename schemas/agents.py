"""What agents' desktops say of the agents themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.primitives import Name, ReportedEvent

AgentState = Literal["available", "busy", "away", "offline"]
Load = Annotated[int, Field(strict=True, ge=0, le=100_000)]
"""Complaints at hand."""


class AgentStatusReported(ReportedEvent):
    """What an agent does from now on, and for which queues: the last report of an agent counts."""

    type: Literal["agent_status_reported"] = "agent_status_reported"
    agent_id: Name
    status: AgentState
    queues: tuple[Name, ...] = ()
    load: Load | None = None
