"""Recorded events in, a line of JSON each, in any order and repeated; what the monitor makes of each complaint out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from pydantic import Field

from schemas.codec import Codec, DecodeError
from schemas.derived import ComplaintRouted
from schemas.events import ClockAdvanced, DeadlineExtended, Lifecycle, LifecycleEvent
from services.lifecycle.event_kinds import RECEIVED
from services.lifecycle.event_log import EventLog
from services.lifecycle.stored_event import StoredEvent, make_stored_event
from services.sla_monitor.domain.alerts.assessment import BEFORE_ALL, assess
from services.sla_monitor.domain.alerts.standing import Assessment
from services.sla_monitor.domain.classification_grace import CLASSIFICATION_GRACE
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.fold.extension import is_readable
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review.remarks import RemarkedEvent, list_remarks
from services.worktime.spans import BeyondCalendar

Recorded = Annotated[Lifecycle | ComplaintRouted, Field(discriminator="type")]
RECORDED: Codec[LifecycleEvent | ClockAdvanced | ComplaintRouted] = Codec(Recorded)


class BeyondYears(NamedTuple):
    """A cycle whose deadline lies outside the years that its calendar covers, and what the calendar says of that."""

    cycle: ClockCycle
    error: str


def cycle_of(answer: Assessment | BeyondYears) -> ClockCycle:
    """The cycle that an answer is about."""
    return answer.cycle if isinstance(answer, BeyondYears) else answer.standing.cycle


class Conclusion(NamedTuple):
    """What the monitor makes of one complaint; one answer for each clock and cycle."""

    complaint_id: str
    complaint: ComplaintState
    answers: list[Assessment | BeyondYears]
    remarks: list[RemarkedEvent]

    @property
    def assessments(self) -> list[Assessment]:
        """The answers about cycles that could be assessed."""
        return [answer for answer in self.answers if isinstance(answer, Assessment)]

    @property
    def beyond_years(self) -> list[BeyondYears]:
        """Those about cycles that could not."""
        return [answer for answer in self.answers if isinstance(answer, BeyondYears)]

    @property
    def category(self) -> str | None:
        """What it is about, by the last word on it: a reclassification corrects what was said before."""
        return self.complaint.match.fields.category


class RecordedEvents:
    """Events by complaint, as a worker's rows keep them. What occurred after ``now`` has not happened yet."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._logs: dict[str, EventLog] = {}

    def read(self, line: bytes) -> None:
        """One event; one that no clock follows says nothing here. Raises DecodeError for what is no event."""
        event = RECORDED.decode(line)
        if isinstance(event, ClockAdvanced):
            return
        if isinstance(event, DeadlineExtended) and not is_readable(event):
            raise DecodeError(
                "invalid_event", "/by: write either until (an instant) or by (such as 5bd, 366 days at most)"
            )
        self._logs.setdefault(event.complaint_id, EventLog()).add(make_stored_event(event))

    def conclude(self, book: PolicyBook) -> Iterator[Conclusion]:
        """Every complaint that was received, in the order of their ids, under the policies of ``book``."""
        for complaint_id, events, overflowed in self._complaints():
            complaint = fold_complaint(events, book, overflowed)
            if complaint is not None:
                yield Conclusion(complaint_id, complaint, self._assess(complaint), list_remarks(complaint, events))

    def unknown(self) -> list[str]:
        """The ids of complaints that nothing says were received: they have no clocks."""
        return [
            complaint_id
            for complaint_id, events, _ in self._complaints()
            if all(event.kind != RECEIVED for event in events)
        ]

    def _complaints(self) -> Iterator[tuple[str, list[StoredEvent], int]]:
        for complaint_id, log in sorted(self._logs.items()):
            events = [event for event in log.decode() if event.occurred <= self._now]
            if events:
                yield complaint_id, events, log.overflowed if log.overflowed <= self._now else 0

    def _assess(self, complaint: ComplaintState) -> list[Assessment | BeyondYears]:
        # As in stream time: what nobody has routed fires when the grace is over.
        fires = complaint.routed or self._now >= complaint.opened.occurred + CLASSIFICATION_GRACE
        return [_answer(cycle, complaint, self._now if fires else BEFORE_ALL) for cycle in complaint.cycles]


def _answer(cycle: ClockCycle, complaint: ComplaintState, now: int) -> Assessment | BeyondYears:
    try:
        return assess(cycle, complaint, now)
    except BeyondCalendar as error:
        return BeyondYears(cycle, str(error))
