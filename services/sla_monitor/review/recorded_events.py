"""Recorded events in, a line of JSON each, in any order and repeated; what the monitor makes of each complaint out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from pydantic import Field

from schemas.codec import Codec, DecodeError
from schemas.derived import ComplaintRouted
from schemas.events import ClockAdvanced, DeadlineExtended, Lifecycle, LifecycleEvent
from services.sla_monitor.domain.alerts.assessment import BEFORE_ALL, CLASSIFICATION_GRACE, assess
from services.sla_monitor.domain.alerts.standing import Assessment
from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.sla_monitor.domain.fold.extension import is_readable
from services.sla_monitor.domain.fold.stored_event import StoredEvent, stored_event_of
from services.sla_monitor.domain.policy.event_kinds import RECEIVED
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.domain.rows.events import decode_events, encode_event, merge_event

Recorded = Annotated[Lifecycle | ComplaintRouted, Field(discriminator="type")]
RECORDED: Codec[LifecycleEvent | ClockAdvanced | ComplaintRouted] = Codec(Recorded)


class Conclusion(NamedTuple):
    """What the monitor makes of one complaint; one assessment for each clock and cycle."""

    complaint_id: str
    complaint: ComplaintState
    assessments: list[Assessment]

    @property
    def category(self) -> str | None:
        """What it is about, by the last word on it: a reclassification corrects what was said before."""
        return self.complaint.fields.category


class RecordedEvents:
    """Events by complaint, as a worker's rows keep them. What occurred after ``now`` has not happened yet."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._events: dict[str, bytes] = {}

    def read(self, line: bytes) -> None:
        """One event; one that no clock follows says nothing here. Raises DecodeError for what is no event."""
        event = RECORDED.decode(line)
        if isinstance(event, ClockAdvanced):
            return
        if isinstance(event, DeadlineExtended) and not is_readable(event):
            raise DecodeError(
                "invalid_event", "/by: write either until (an instant) or by (such as 5bd, 366 days at most)"
            )
        stored = stored_event_of(event)
        if stored is not None:
            known = self._events.get(event.complaint_id, b"")
            self._events[event.complaint_id] = merge_event(known, encode_event(stored))

    def conclude(self, book: PolicyBook) -> Iterator[Conclusion]:
        """Every complaint that was received, in the order of their ids, under the policies of ``book``."""
        for complaint_id, events in self._complaints():
            complaint = fold_complaint(events, book)
            if complaint is not None:
                yield Conclusion(complaint_id, complaint, self._assess(complaint))

    def unknown(self) -> list[str]:
        """The ids of complaints that nothing says were received: they have no clocks."""
        return [
            complaint_id
            for complaint_id, events in self._complaints()
            if all(event.kind != RECEIVED for event in events)
        ]

    def _complaints(self) -> Iterator[tuple[str, list[StoredEvent]]]:
        for complaint_id, encoded in sorted(self._events.items()):
            events = [event for event in decode_events(encoded) if event.occurred <= self._now]
            if events:
                yield complaint_id, events

    def _assess(self, complaint: ComplaintState) -> list[Assessment]:
        # As in stream time: what nobody has routed fires when the grace is over.
        fires = complaint.routed or self._now >= complaint.opened.occurred + CLASSIFICATION_GRACE
        return [assess(cycle, complaint, self._now if fires else BEFORE_ALL) for cycle in complaint.cycles]
