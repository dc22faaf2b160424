"""The complaint stage: events and the time go in; survey requests and signed counts come out, in any order alike.

What a complaint leads to is a function of the set of its events. When a late event changes it, the difference
between what had been counted and what now counts is published: so all orders end in the same sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.derived import DimensionCounted
from schemas.primitives import Event
from schemas.survey_token import SurveyKeys
from services.feedback.domain.complaint import KEPT_WHEN_OPEN, KEPT_WHEN_OVER, MAX_EVENTS, Complaint
from services.feedback.domain.dimensions import count_answers, find_held_answers, subtract_counts
from services.feedback.domain.invalid_event import InvalidEvent
from services.feedback.domain.resolution_cycles import ResolutionCycles, fold_cycles
from services.feedback.domain.rules import Rules
from services.feedback.domain.stored_event import StoredEvent
from services.feedback.domain.survey import SurveyDecision, plan_surveys
from services.worktime.instants import instant

UpdateReason = Literal["duplicate", "replaced", "counted", "held", "noted"]


@dataclass(frozen=True, slots=True)
class ComplaintUpdate:
    """What an event changed: the complaint to store, when to look at it again, and counts to pass on.

    Reasons: ``duplicate``, nothing changed; ``replaced``, another copy of a known event stands now; ``counted``, sums
    change; ``held``, an answer whose resolution is not known yet; ``noted``, none of these.
    """

    reason: UpdateReason
    complaint: Complaint
    due: datetime
    changes: tuple[DimensionCounted, ...] = ()


@dataclass(frozen=True, slots=True)
class DueSurveys:
    """What was due: decisions on surveys, and the complaint to store, or None when it leaves.

    ``expired_answers`` counts those that leave without their resolution ever having been known.
    """

    decisions: tuple[SurveyDecision, ...]
    complaint: Complaint | None
    due: datetime
    expired_answers: int = 0


def add_event(
    complaint: Complaint, added: StoredEvent, cause: Event, now: datetime, recorded_at: datetime, rules: Rules
) -> ComplaintUpdate:
    """Add ``added``, made of ``cause``. Raises InvalidEvent when the complaint has too many events."""
    events = _insert(complaint.events, added)
    cycles = fold_cycles(events)
    if events == complaint.events:
        return ComplaintUpdate("duplicate", complaint, _find_due(complaint, cycles, rules))
    updated = replace(
        complaint,
        touched_at=max(complaint.touched_at, now, instant(added.occurred)),
        events=events,
        counted=count_answers(events, cycles, rules),
    )
    changes = subtract_counts(updated.counted, complaint.counted, cause, recorded_at)
    reason: UpdateReason = "counted" if changes else "held" if added in find_held_answers(events, cycles) else "noted"
    if len(events) == len(complaint.events):
        reason = "replaced"
    return ComplaintUpdate(reason, updated, _find_due(updated, cycles, rules), changes)


def decide_due_surveys(
    complaint: Complaint, now: datetime, recorded_at: datetime, rules: Rules, keys: SurveyKeys
) -> DueSurveys:
    """Decide on the surveys whose time has come, and let the complaint go when nothing is to come any more."""
    cycles = fold_cycles(complaint.events)
    ready = [
        survey
        for survey in plan_surveys(complaint.complaint_id, cycles, rules)
        if survey.cycle.event_id not in complaint.decided and survey.ask_at <= now
    ]
    decisions = tuple(survey.decide(now, recorded_at, keys) for survey in ready)
    decided = sorted({*complaint.decided, *(survey.cycle.event_id for survey in ready)})
    updated = replace(complaint, decided=tuple(decided))
    due = _find_due(updated, cycles, rules)
    if due <= now:
        return DueSurveys(decisions, None, due, len(find_held_answers(complaint.events, cycles)))
    return DueSurveys(decisions, updated, due)


def _insert(events: tuple[StoredEvent, ...], added: StoredEvent) -> tuple[StoredEvent, ...]:
    """The events by event_id, ``added`` among them. Of two copies the one recorded first stands, or the lower."""
    known = {event.event_id: event for event in events}
    copy = known.get(added.event_id)
    if copy is None and len(known) >= MAX_EVENTS:
        raise InvalidEvent("too_many_events", f"this complaint has {MAX_EVENTS} events already")
    if copy is not None:
        added = min(copy, added, key=lambda one: (one.recorded, repr(one)))
    known[added.event_id] = added
    return tuple(known[event_id] for event_id in sorted(known))


def _find_due(complaint: Complaint, cycles: ResolutionCycles, rules: Rules) -> datetime:
    """When to look at the complaint again: to decide on a survey, or else to let it go."""
    surveys = plan_surveys(complaint.complaint_id, cycles, rules)
    waiting = [survey.ask_at for survey in surveys if survey.cycle.event_id not in complaint.decided]
    if waiting:
        return min(waiting)
    kept = KEPT_WHEN_OPEN if cycles.cycles and not cycles.ended else KEPT_WHEN_OVER
    answerable = [survey.expires_at for survey in surveys if survey.expires_at is not None]
    return max([complaint.touched_at + kept, *answerable])
