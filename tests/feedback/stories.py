"""Events of one complaint, as short as a story: what happened, and how many minutes after ten on a Monday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.complaint import Customer
from schemas.derived import ComplaintRouted, SurveyAnswered
from schemas.events import (
    AgentAssigned,
    AgentReleased,
    ComplaintClosed,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintWithdrawn,
)
from schemas.ids import derived_id
from schemas.survey_token import SurveyKeys
from services.feedback.domain.rules import Rules
from services.feedback.domain.tumbling_windows import Width

TEN = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
COMPLAINT = derived_id("complaint")
KEYS = SurveyKeys.first(bytes(range(32)))
RULES = Rules(
    metric="csat",
    ask_after=timedelta(minutes=10),
    sample=1.0,
    widths=(Width.parse("1h"), Width.parse("1d")),
    zone=ZoneInfo("UTC"),
    lateness=timedelta(hours=1),
    reply_windows={"web": timedelta(days=14), "chat": timedelta(hours=24)},
)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def _common(name: str, minutes: float, complaint_id: str) -> dict[str, Any]:
    return {
        "event_id": derived_id(complaint_id, name),
        "complaint_id": complaint_id,
        "occurred_at": at(minutes),
        "recorded_at": at(minutes),
    }


def event_id(name: str, complaint_id: str = COMPLAINT) -> str:
    return derived_id(complaint_id, name)


def received(minutes: float = 0, channel: str = "web", category: str | None = None, of: str = COMPLAINT, **more: Any):
    common = _common("received", minutes, of) | more
    return ComplaintReceived(**common, channel=channel, category=category, customer=Customer(id="c-1"))


def routed(
    minutes: float,
    queue: str,
    name: str = "routed",
    cause: str = "received",
    trigger: str = "received",
    hop: int = 0,
    category: str | None = "billing",
    arm: str = "control",
    version: str = "v1",
    of: str = COMPLAINT,
):
    return ComplaintRouted(
        **_common(name, minutes, of),
        cause_event_id=event_id(cause, of),
        queue=queue,
        priority=10,
        category=category,
        rule="default",
        reason="default",
        ruleset_version=version,
        ruleset_hash="0" * 8,
        arm=arm,
        hop=hop,
        trigger=trigger,
        queue_without_breach=queue,
        priority_without_breach=10,
    )


def assigned(minutes: float, agent: str = "ann", name: str = "assigned", of: str = COMPLAINT, **more: Any):
    return AgentAssigned(**_common(name, minutes, of) | more, agent_id=agent)


def released(minutes: float, agent: str | None = None, name: str = "released", of: str = COMPLAINT):
    return AgentReleased(**_common(name, minutes, of), agent_id=agent)


def reclassified(minutes: float, category: str, name: str = "reclassified", of: str = COMPLAINT, **more: Any):
    return ComplaintReclassified(**_common(name, minutes, of) | more, category=category)


def resolved(minutes: float, name: str = "resolved", agent: str | None = None, of: str = COMPLAINT):
    return ComplaintResolved(**_common(name, minutes, of), outcome="upheld", agent_id=agent)


def reopened(minutes: float, name: str = "reopened", of: str = COMPLAINT):
    return ComplaintReopened(**_common(name, minutes, of), by="customer")


def closed(minutes: float, name: str = "closed", of: str = COMPLAINT):
    return ComplaintClosed(**_common(name, minutes, of))


def withdrawn(minutes: float, name: str = "withdrawn", of: str = COMPLAINT):
    return ComplaintWithdrawn(**_common(name, minutes, of))


def answered(
    minutes: float, score: int | None, name: str = "answered", cycle: str = "received", of: str = COMPLAINT, **more: Any
):
    common = _common(name, minutes, of) | {"metric": "csat"} | more
    return SurveyAnswered(**common, survey_id="token", cycle=event_id(cycle, of), score=score)
