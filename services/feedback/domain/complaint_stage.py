"""The complaint stage: events and the time go in; survey requests and signed counts come out, in any order alike.

What a complaint leads to is a function of the set of its events. When a late event changes it, the difference
between what had been counted and what now counts is published: so all orders end in the same sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from schemas.derived import ComplaintRouted, DimensionCounted, SurveyAnswered
from schemas.events import LifecycleEvent
from schemas.primitives import Event
from schemas.survey_token import SurveyKeys
from services.feedback.domain.answers import insert_answer, make_stored_answer
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.dimensions import count_answers, find_held_answers, subtract_counts
from services.feedback.domain.resolution_cycles import ResolutionCycle, fold_cycles
from services.feedback.domain.rules import Rules
from services.feedback.domain.survey import SurveyDecision, plan_surveys
from services.lifecycle.effects import Effect
from services.lifecycle.event_kinds import CHANGES
from services.lifecycle.fold import Known, fold, fold_known
from services.lifecycle.retention import find_drop
from services.lifecycle.stored_event import StoredEvent, make_stored_event
from services.worktime.instants import instant, microseconds

UpdateReason = Literal["counted", "answer_held", "no_answer", "duplicate", "too_many_events", "resolved_by_another"]
"""``counted``: sums change; ``answer_held``: of a resolution that is not known yet; ``no_answer``: it has no score."""


@dataclass(frozen=True, slots=True)
class ComplaintUpdate:
    """What an event changed: the complaint to store, and counts to pass on. ``is_changed`` is false for no change.

    ``reason`` is what the event did in its place, or what says more. ``is_new_answer``: it was not read before.
    """

    reason: UpdateReason | Effect
    is_changed: bool = True
    changes: tuple[DimensionCounted, ...] = ()
    is_new_answer: bool = False


@dataclass(frozen=True, slots=True)
class DueSurveys:
    """What was due: decisions on surveys, and whether the complaint is dropped.

    ``expired_answers`` counts those that go without their resolution ever having been known.
    """

    decisions: tuple[SurveyDecision, ...]
    is_dropped: bool
    expired_answers: int = 0


def add_event(
    complaint: Complaint,
    event: LifecycleEvent | ComplaintRouted | SurveyAnswered,
    now: datetime,
    recorded_at: datetime,
    rules: Rules,
) -> ComplaintUpdate:
    """Add an event to ``complaint``, which is changed in place. Raises InvalidEvent."""
    # By type: isinstance of pydantic's models takes as long as all that is stored of an event.
    if event.type == "survey_answered":
        return _add_answer(complaint, cast("SurveyAnswered", event), now, recorded_at, rules)
    log, stored = complaint.log, make_stored_event(cast("LifecycleEvent | ComplaintRouted", event))
    before = log.events, log.overflowed
    added = log.add(stored)
    if (log.events, log.overflowed) == before:
        return ComplaintUpdate("duplicate" if added == "duplicate" else "too_many_events", is_changed=False)
    # What changes nothing in a history is not folded, unless it is the event itself.
    events = log.decode(CHANGES if stored.kind in CHANGES else None)
    known = fold_known(events)
    effect = _find_effect(stored, known)
    complaint.received = known is not None
    read = microseconds(now)
    if known is None:
        log.wait(stored.occurred, read)
    elif effect != "forgotten":
        log.touched = read
    changes = _recount(complaint, events, known, event, recorded_at, rules)
    reason: UpdateReason | Effect = effect
    if added == "too_many_events":
        reason = "too_many_events"
    elif changes:
        reason = "counted"
    elif effect == "resolved" and known is not None and known.history.resolved_by_another:
        reason = "resolved_by_another"
    return ComplaintUpdate(reason, changes=changes)


def decide_due_surveys(
    complaint: Complaint,
    now: datetime,
    recorded_at: datetime,
    rules: Rules,
    keys: SurveyKeys,
    *,
    stream_time: bool = False,
) -> DueSurveys:
    """Decide on the surveys whose time has come, and whether nothing is to come any more. Changes ``complaint``.

    Stream time comes in steps: there a survey is decided as of the instant at which it was due, however long the step.
    """
    events = complaint.log.decode(CHANGES)
    known = fold_known(events)
    cycles = _fold_cycles(known)
    ready = [
        survey
        for survey in plan_surveys(complaint.complaint_id, cycles, rules)
        if survey.cycle.event_id not in complaint.decided and survey.ask_at <= now
    ]
    decisions = tuple(survey.decide(survey.ask_at if stream_time else now, recorded_at, keys) for survey in ready)
    complaint.decided = tuple(sorted({*complaint.decided, *(survey.cycle.event_id for survey in ready)}))
    complaint.due = _find_due(complaint, events, known, cycles, rules)
    if complaint.due is not None and complaint.due <= now:
        return DueSurveys(decisions, is_dropped=True, expired_answers=len(find_held_answers(complaint.answers, cycles)))
    return DueSurveys(decisions, is_dropped=False)


def _add_answer(
    complaint: Complaint, event: SurveyAnswered, now: datetime, recorded_at: datetime, rules: Rules
) -> ComplaintUpdate:
    added = make_stored_answer(event, rules.metric)
    if added is None:
        return ComplaintUpdate("no_answer", is_changed=False)
    is_new = all(answer.event_id != added.event_id for answer in complaint.answers)
    answers = insert_answer(complaint.answers, added)
    if answers == complaint.answers:
        return ComplaintUpdate("duplicate", is_changed=False)
    complaint.answers = answers
    log = complaint.log
    if complaint.received:
        log.touched = microseconds(now)
    else:
        log.wait(added.occurred, microseconds(now))
    events = log.decode(CHANGES)
    known = fold_known(events)
    changes = _recount(complaint, events, known, event, recorded_at, rules)
    held = find_held_answers(complaint.answers, _fold_cycles(known))
    reason: UpdateReason = "counted" if changes else "answer_held" if added in held else "duplicate"
    return ComplaintUpdate(reason, changes=changes, is_new_answer=is_new)


def _recount(
    complaint: Complaint,
    events: list[StoredEvent],
    known: Known | None,
    cause: Event,
    recorded_at: datetime,
    rules: Rules,
) -> tuple[DimensionCounted, ...]:
    """Note where the answers count now and when to look again; the changes to pass on."""
    cycles = _fold_cycles(known)
    complaint.due = _find_due(complaint, events, known, cycles, rules)
    if not complaint.answers:
        return ()
    before, complaint.counted = complaint.counted, count_answers(complaint.answers, cycles, rules)
    return subtract_counts(complaint.counted, before, cause, recorded_at)


def _fold_cycles(known: Known | None) -> tuple[ResolutionCycle, ...]:
    return () if known is None else fold_cycles(known.steps)


def _find_effect(stored: StoredEvent, known: Known | None) -> Effect:
    if known is None:
        return "held"
    # From the end: most events are read in the order of time.
    return next((step.effect for step in reversed(known.steps) if step.event == stored), "forgotten")


def _find_due(
    complaint: Complaint,
    events: list[StoredEvent],
    known: Known | None,
    cycles: tuple[ResolutionCycle, ...],
    rules: Rules,
) -> datetime | None:
    """When to look at the complaint again: to decide on a survey, or else to drop it; None for never."""
    surveys = plan_surveys(complaint.complaint_id, cycles, rules)
    waiting = [survey.ask_at for survey in surveys if survey.cycle.event_id not in complaint.decided]
    if waiting:
        return min(waiting)
    history = fold(events)[0] if known is None else known.last
    drop = find_drop(history, complaint.log.touched)
    if drop is None:
        return None
    answerable = [survey.expires_at for survey in surveys if survey.expires_at is not None]
    return max([instant(drop), *answerable])
