"""From a complaint's stored events, in any order, to its resolution cycles, each with whose work it judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

from schemas.derived import Attribution
from schemas.ids import unpack_id
from services.feedback.domain.fold_order import sort_in_fold_order
from services.feedback.domain.stored_event import EventKind, StoredEvent
from services.worktime.instants import instant

EndReason = Literal["reopened", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The first resolution in a cycle; ``attribution`` is the fold as of it."""

    event_id: str
    at: datetime
    channel: str
    attribution: Attribution


class CycleEnd(NamedTuple):
    """When a cycle's resolution ceased to hold, and why."""

    at: datetime
    reason: EndReason


@dataclass(frozen=True, slots=True)
class ResolutionCycle:
    """From the reception, or a reopening, to the next. It is named by the event that opened it."""

    event_id: str
    resolution: Resolution | None = None
    end: CycleEnd | None = None


@dataclass(frozen=True, slots=True)
class ResolutionCycles:
    """What the events amount to. Without a reception there are no cycles: the complaint is not known yet.

    ``ended`` says that the complaint is closed or withdrawn.
    """

    cycles: tuple[ResolutionCycle, ...]
    ended: bool


def fold_cycles(events: Iterable[StoredEvent]) -> ResolutionCycles:
    """The complaint's cycles. A reopening of what was not resolved, closed or withdrawn opens none."""
    fold = _Fold()
    for event in sort_in_fold_order(events):
        fold.apply(event)
    return ResolutionCycles(tuple(fold.cycles), fold.ended)


@dataclass
class _Fold:
    """The state of the fold. ``can_reopen`` is true once resolved, closed or withdrawn."""

    cycles: list[ResolutionCycle] = field(default_factory=list)
    attribution: dict[str, str | None] = field(default_factory=dict)
    can_reopen: bool = False
    ended: bool = False

    def apply(self, event: StoredEvent) -> None:
        match event.kind:
            case EventKind.RECEIVED if not self.cycles:
                channel, category = event.names
                self.cycles.append(ResolutionCycle(unpack_id(event.event_id)))
                self.attribution |= {"channel": channel, "category": category or self.attribution.get("category")}
            case EventKind.ASSIGNED:
                self.attribution["agent"] = event.names[0]
            case EventKind.RECLASSIFIED if event.names[0]:
                self.attribution["category"] = event.names[0]
            case EventKind.ROUTED:
                queue, category, version, arm = event.names
                self.attribution |= {"queue": queue, "ruleset_version": version, "arm": arm}
                self.attribution["category"] = category or self.attribution.get("category")
            case EventKind.RESOLVED:
                self._resolve(event)
            case EventKind.CLOSED:
                self.can_reopen = self.ended = True
            case EventKind.WITHDRAWN:
                self.can_reopen = self.ended = True
                self._end_cycle(event, "withdrawn")
            case EventKind.REOPENED if self.can_reopen and self.cycles:
                self.can_reopen = self.ended = False
                self._end_cycle(event, "reopened")
                self.cycles.append(ResolutionCycle(unpack_id(event.event_id)))
            case _:
                pass

    def _resolve(self, event: StoredEvent) -> None:
        self.can_reopen = True
        if not self.cycles or self.cycles[-1].resolution is not None:
            return
        agent = event.names[0] or self.attribution.get("agent")
        attribution = Attribution.model_validate(self.attribution | {"agent": agent})
        resolution = Resolution(
            event_id=unpack_id(event.event_id),
            at=instant(event.occurred),
            channel=attribution.channel or "",
            attribution=attribution,
        )
        self.cycles[-1] = replace(self.cycles[-1], resolution=resolution)

    def _end_cycle(self, event: StoredEvent, reason: EndReason) -> None:
        if self.cycles and self.cycles[-1].end is None:
            self.cycles[-1] = replace(self.cycles[-1], end=CycleEnd(instant(event.occurred), reason))
