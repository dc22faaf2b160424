"""The complaint stage: events and the time go in; survey requests and signed counts come out, in any order alike.

What a complaint leads to is a function of the set of its events. When a late event changes it, the difference
between what had been counted and what now counts is published: so all orders end in the same sums.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from schemas.derived import DimensionCounted
from schemas.primitives import Event
from schemas.survey_token import SurveyKeys
from services.feedback.domain.cells import Counted, changes, counted
from services.feedback.domain.cycles import History, fold
from services.feedback.domain.entries import Entry, Kind, Refused, id_text
from services.feedback.domain.rules import Rules
from services.feedback.domain.survey import Asked, Survey
from services.worktime.instants import instant

KEPT_WHEN_OVER = timedelta(days=30)
"""How long a closed or withdrawn complaint is remembered, and how long answers to an unknown one are held."""
KEPT_WHEN_OPEN = timedelta(days=365)
"""How long any other complaint is remembered when nothing happens to it any more."""
MAX_ENTRIES = 2_000

Reason = Literal["duplicate", "replaced", "counted", "held", "noted"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as stored.

    ``touched_at`` is the latest instant seen with it; ``decided`` are the cycles whose survey was decided on;
    ``counted`` is what its answers stand for in the sums of the dimensions.
    """

    complaint_id: str
    touched_at: datetime
    entries: tuple[Entry, ...] = ()
    decided: tuple[str, ...] = ()
    counted: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What an event changed: the complaint to store, when to look at it again, and counts to pass on.

    Reasons: ``duplicate``, nothing changed; ``replaced``, another copy of a known event stands now; ``counted``, sums
    change; ``held``, an answer whose resolution is not known yet; ``noted``, none of these.
    """

    reason: Reason
    complaint: Complaint
    due: datetime
    changes: tuple[DimensionCounted, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What time brought: decisions on surveys, and the complaint to store, or None when it leaves.

    ``expired`` counts the answers that leave without their resolution ever having been known.
    """

    asked: tuple[Asked, ...]
    complaint: Complaint | None
    due: datetime
    expired: int = 0


def take(complaint: Complaint, entry: Entry, cause: Event, now: datetime, recorded_at: datetime, rules: Rules) -> Taken:
    """Add ``entry``, which is what ``cause`` says. Raises Refused when the complaint has too many events."""
    entries = _with(complaint.entries, entry)
    history = fold(entries)
    if entries == complaint.entries:
        return Taken("duplicate", complaint, _due(complaint, history, rules))
    standing = _standing(entries, history, rules)
    taken = replace(
        complaint,
        touched_at=max(complaint.touched_at, now, instant(entry.occurred_at)),
        entries=entries,
        counted=standing,
    )
    changed = changes(complaint.counted, standing, cause, recorded_at)
    reason: Reason = "counted" if changed else "held" if entry in _held(entries, history) else "noted"
    if len(entries) == len(complaint.entries):
        reason = "replaced"
    return Taken(reason, taken, _due(taken, history, rules), changed)


def settle(complaint: Complaint, now: datetime, recorded_at: datetime, rules: Rules, keys: SurveyKeys) -> Settled:
    """Decide on the surveys whose time has come, and let the complaint go when nothing is to come any more."""
    history = fold(complaint.entries)
    ready = [
        survey
        for survey in _surveys(complaint, history, rules)
        if survey.cycle.event_id not in complaint.decided and survey.ask_at <= now
    ]
    asked = tuple(survey.ask(now, recorded_at, keys) for survey in ready)
    decided = sorted({*complaint.decided, *(survey.cycle.event_id for survey in ready)})
    settled = replace(complaint, decided=tuple(decided))
    due = _due(settled, history, rules)
    if due <= now:
        return Settled(asked, None, due, expired=len(_held(complaint.entries, history)))
    return Settled(asked, settled, due)


def _with(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """The entries by event_id, ``entry`` among them. Of two copies the one recorded first stands, or the lower."""
    known = {other.event_id: other for other in entries}
    copy = known.get(entry.event_id)
    if copy is None and len(known) >= MAX_ENTRIES:
        raise Refused("too_many_events", f"this complaint has {MAX_ENTRIES} events already")
    if copy is not None:
        entry = min(copy, entry, key=lambda one: (one.recorded_at, repr(one)))
    known[entry.event_id] = entry
    return tuple(known[event_id] for event_id in sorted(known))


def _standing(entries: tuple[Entry, ...], history: History, rules: Rules) -> tuple[Counted, ...]:
    """Where the last answer about each resolved cycle counts; a later answer replaces an earlier one."""
    last: dict[str, Entry] = {}
    for answer in sorted(_answers(entries), key=lambda entry: (entry.occurred_at, entry.event_id)):
        last[id_text(answer.other)] = answer
    return tuple(
        sorted(
            where
            for cycle in history.cycles
            if cycle.resolution is not None and cycle.event_id in last
            for where in counted(last[cycle.event_id], cycle.resolution.attribution, rules)
        )
    )


def _answers(entries: tuple[Entry, ...]) -> list[Entry]:
    return [entry for entry in entries if entry.kind is Kind.ANSWERED]


def _held(entries: tuple[Entry, ...], history: History) -> list[Entry]:
    resolved = {cycle.event_id for cycle in history.cycles if cycle.resolution is not None}
    return [answer for answer in _answers(entries) if id_text(answer.other) not in resolved]


def _surveys(complaint: Complaint, history: History, rules: Rules) -> list[Survey]:
    return [
        Survey(complaint.complaint_id, cycle, cycle.resolution, rules)
        for cycle in history.cycles
        if cycle.resolution is not None
    ]


def _due(complaint: Complaint, history: History, rules: Rules) -> datetime:
    """When to look at the complaint again: to decide on a survey, or else to let it go."""
    surveys = _surveys(complaint, history, rules)
    waiting = [survey.ask_at for survey in surveys if survey.cycle.event_id not in complaint.decided]
    if waiting:
        return min(waiting)
    kept = KEPT_WHEN_OPEN if history.cycles and not history.over else KEPT_WHEN_OVER
    answerable = [survey.expires_at for survey in surveys if survey.expires_at is not None]
    return max([complaint.touched_at + kept, *answerable])
