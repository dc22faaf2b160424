"""What Redress concludes: decisions, clocks, alerts, surveys, summaries and dead letters.

A derived event carries its cause's ``occurred_at`` (a timer's: the due instant) and ``cause_event_id``.
Its ``event_id`` is derived from what caused it and what it says, so a replay writes the same id again.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.events import ClockAdvanced
from schemas.instants import Instant
from schemas.personal import Personal
from schemas.primitives import (
    AlertLevel,
    Event,
    Flag,
    Frozen,
    Identifier,
    Integer,
    Name,
    Number,
    Payload,
    ReportedEvent,
    Severity,
    SurveyMetric,
    Text,
)

Trigger = Literal["received", "reclassified", "reopened", "escalated", "breach", "fact", "step"]
ClockState = Literal["running", "paused", "breached", "met", "ended", "cancelled"]


class DerivedEvent(Event):
    """An event that another event, or a due instant of one, caused."""

    cause_event_id: Identifier


class ComplaintDerivedEvent(DerivedEvent):
    """A derived event of one complaint."""

    complaint_id: Identifier


class ComplaintRouted(ComplaintDerivedEvent):
    """Where a complaint goes and why; ``rule`` and ``reason`` name the decision.

    Of several for one cause and trigger the one with the highest ``revision`` counts: a late event corrected it.
    """

    type: Literal["complaint_routed"] = "complaint_routed"
    queue: Name
    priority: Integer
    skills: dict[Name, Integer | Name] = {}
    category: Name | None = None
    severity: Severity | None = None
    flags: tuple[Name, ...] = ()
    language: Name | None = None
    rule: Name
    reason: Name
    ruleset_version: Name
    ruleset_hash: Name
    arm: Literal["control", "pilot"] = "control"
    hop: Integer
    revision: Integer = 0
    trigger: Trigger
    queue_without_breach: Name
    priority_without_breach: Integer
    facts: dict[Name, Any] = {}


class QueueItem(ComplaintDerivedEvent):
    """A complaint as it stands in a skill queue; a tombstone takes it out.

    ``entered_at`` is from when on it is in this queue, ``waiting_since`` from when on nobody holds it. ``channel`` and
    ``category`` are null for a complaint that nobody received.
    """

    type: Literal["queue_item"] = "queue_item"
    queue: Name
    priority: Integer
    skills: dict[Name, Integer | Name] = {}
    category: Name | None = None
    severity: Severity | None = None
    channel: Name | None
    language: Name | None = None
    entered_at: Instant
    waiting_since: Instant | None = None
    state: Literal["waiting", "assigned"]
    agent_id: Name | None = None


class ClockStatus(Frozen):
    """One clock as it stands, in working seconds; a paused clock has no ``due_at``, only what is left.

    ``reason`` is why a clock has ``ended`` that neither met nor missed what it waited for.
    """

    clock: Name
    cycle: Identifier
    policy: Name
    policy_version: Name
    calendar_version: Name
    state: ClockState
    reason: Name | None = None
    due_at: Instant | None = None
    remaining_seconds: Number | None = None
    worked_seconds: Number
    overrun_seconds: Number | None = None


class SlaClocksChanged(ComplaintDerivedEvent):
    """All clocks of a complaint after a change of any of them."""

    type: Literal["sla_clocks_changed"] = "sla_clocks_changed"
    clocks: tuple[ClockStatus, ...]


class SlaAlert(ComplaintDerivedEvent):
    """What a warning and a breach share. ``threshold`` is a percentage of the target, 100 for a breach."""

    alert_id: Identifier
    revision: Integer
    clock: Name
    cycle: Identifier
    threshold: Integer
    level: AlertLevel
    policy: Name
    policy_version: Name
    calendar_version: Name
    queue: Name | None = None
    owner: Name
    runbook: Text
    started_at: Instant
    due_at: Instant
    worked_seconds: Number
    paused_seconds: Number
    closed_seconds: Number
    pauses: Integer
    overrun_seconds: Number | None = None
    retroactive: Flag
    lag_seconds: Number


class SlaWarning(SlaAlert):
    """A clock has used the stated share of its target."""

    type: Literal["sla_warning"] = "sla_warning"


class SlaBreached(SlaAlert):
    """A clock ran past its due instant."""

    type: Literal["sla_breached"] = "sla_breached"


class SlaAlertWithdrawn(ComplaintDerivedEvent):
    """A late event shows that the alert should never have stood."""

    type: Literal["sla_alert_withdrawn"] = "sla_alert_withdrawn"
    alert_id: Identifier
    revision: Integer
    reason: Name


class SlaClockStopped(ComplaintDerivedEvent):
    """A clock with standing alerts has ended; its breach stands."""

    type: Literal["sla_clock_stopped"] = "sla_clock_stopped"
    clock: Name
    cycle: Identifier
    reason: Name
    overrun_seconds: Number | None = None
    alert_ids: tuple[Identifier, ...]


class Attribution(Frozen):
    """Whose work a survey judges: the fold as of the resolution."""

    queue: Name | None = None
    agent: Name | None = None
    channel: Name | None = None
    category: Name | None = None
    ruleset_version: Name | None = None
    policy_version: Name | None = None
    arm: Literal["control", "pilot"] = "control"


class SurveyRequested(ComplaintDerivedEvent):
    """A customer is to be asked, once per resolution cycle."""

    type: Literal["survey_requested"] = "survey_requested"
    survey_id: Name
    cycle: Identifier
    metric: SurveyMetric
    channel: Name
    attribution: Attribution
    expires_at: Instant


class SurveyPersonal(Personal):
    """What the customer wrote beside the score."""

    comment: Text | None = None


class SurveyAnswered(ReportedEvent):
    """A customer answered; a null score is no answer."""

    type: Literal["survey_answered"] = "survey_answered"
    complaint_id: Identifier
    survey_id: Name
    cycle: Identifier
    metric: SurveyMetric
    score: Integer | None
    personal: SurveyPersonal = SurveyPersonal()


class DimensionCounted(DerivedEvent):
    """Signed integer changes of one dimension's window, on their way to the one worker that adds them up."""

    type: Literal["dimension_counted"] = "dimension_counted"
    metric: SurveyMetric
    dimension: Name
    value: Name
    window_start: Instant
    window_end: Instant
    counts: dict[Name, Integer]


class FeedbackSummary(DerivedEvent):
    """Satisfaction of one dimension in one window: a share of ``n`` with its Wilson interval."""

    type: Literal["feedback_summary"] = "feedback_summary"
    metric: SurveyMetric
    dimension: Name
    value: Name
    window_start: Instant
    window_end: Instant
    revision: Integer
    counts: dict[Name, Integer]
    n: Integer
    score: Number | None
    low: Number | None
    high: Number | None


class DeadLetter(Event):
    """Bytes that could not be processed, with where they came from and why."""

    type: Literal["dead_letter"] = "dead_letter"
    value: Payload | None
    topic: Name
    partition: Integer
    offset: Integer
    group: Name
    reason: Name
    detail: Text


Routed = Annotated[ComplaintRouted | ClockAdvanced, Field(discriminator="type")]
SlaAlerts = Annotated[SlaWarning | SlaBreached | SlaAlertWithdrawn | SlaClockStopped, Field(discriminator="type")]
SurveyResponses = Annotated[SurveyAnswered | ClockAdvanced, Field(discriminator="type")]
DimensionCounts = Annotated[DimensionCounted | ClockAdvanced, Field(discriminator="type")]
