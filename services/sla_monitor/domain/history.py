"""Recorded events in, a line of JSON each, in any order and repeated; what the monitor makes of each complaint out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from pydantic import Field

from schemas.codec import Codec, DecodeError
from schemas.derived import ComplaintRouted
from schemas.events import ClockAdvanced, DeadlineExtended, Lifecycle, LifecycleEvent
from services.sla_monitor.domain.assessment import Assessment
from services.sla_monitor.domain.course import OVERLAYS, Course, course
from services.sla_monitor.domain.entries import RECEIVED, Entry, merged, packed, unpacked
from services.sla_monitor.domain.extensions import is_readable
from services.sla_monitor.domain.facts import all_facts
from services.sla_monitor.domain.monitor import BEFORE_ALL, CLASSIFICATION_GRACE
from services.sla_monitor.domain.order import in_order
from services.sla_monitor.domain.policies import PolicyBook

Recorded = Annotated[Lifecycle | ComplaintRouted, Field(discriminator="type")]
RECORDED: Codec[LifecycleEvent | ClockAdvanced | ComplaintRouted] = Codec(Recorded)


class Conclusion(NamedTuple):
    """What the monitor makes of one complaint; one assessment for each clock and cycle."""

    complaint_id: str
    seen: Course
    assessments: list[Assessment]
    findings: tuple[bytes, ...]
    """What was found of it, packed (facts.py): the complaint, then routings and reclassifications in fold order."""

    @property
    def category(self) -> str | None:
        """What it is about, by the last word on it: a reclassification corrects what was said before."""
        *_, facts = all_facts(self.findings)
        return facts.category


class History:
    """Events by complaint, as a worker's rows keep them. What occurred after ``now`` has not happened yet."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._entries: dict[str, bytes] = {}

    def read(self, line: bytes) -> None:
        """One event; one of the clock's own says nothing of a complaint. Raises DecodeError for what is none."""
        event = RECORDED.decode(line)
        if isinstance(event, ClockAdvanced):
            return
        if isinstance(event, DeadlineExtended) and not is_readable(event):
            raise DecodeError(
                "invalid_event", "/by: write either until (an instant) or by (such as 5bd, 366 days at most)"
            )
        known = self._entries.get(event.complaint_id, b"")
        self._entries[event.complaint_id] = merged(known, packed(event))

    def conclusions(self, book: PolicyBook) -> Iterator[Conclusion]:
        """Every complaint that was received, in the order of their ids, under the policies of ``book``."""
        for complaint_id, entries in self._complaints():
            seen = course(entries, book)
            if seen is not None:
                yield self._concluded(complaint_id, entries, seen)

    def unknown(self) -> list[str]:
        """The ids of complaints that nothing says were received: they have no clocks."""
        return [
            complaint_id
            for complaint_id, entries in self._complaints()
            if all(entry.kind != RECEIVED for entry in entries)
        ]

    def _complaints(self) -> Iterator[tuple[str, list[Entry]]]:
        for complaint_id, packed_entries in sorted(self._entries.items()):
            entries = [entry for entry in unpacked(packed_entries) if entry.occurred <= self._now]
            if entries:
                yield complaint_id, entries

    def _concluded(self, complaint_id: str, entries: list[Entry], seen: Course) -> Conclusion:
        # As in stream time: what nobody has routed fires when the grace is over.
        fires = seen.routed or self._now >= seen.opened.occurred + CLASSIFICATION_GRACE
        assessments = [Assessment(run, seen, self._now if fires else BEFORE_ALL) for run in seen.runs]
        found = (entry.payload for entry in in_order(entries) if entry.kind in OVERLAYS)
        return Conclusion(complaint_id, seen, assessments, (seen.opened.payload, *found))
