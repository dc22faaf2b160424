"""From a complaint's history to its resolution cycles, each with whose work it judges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from schemas.derived import Attribution
from schemas.ids import unpack_id
from services.lifecycle.contents import ByAgent, ComplaintFields, Correction, RoutedContents
from services.lifecycle.fold import Step
from services.worktime.instants import instant

EndReason = Literal["reopened", "withdrawn"]


class Resolution(NamedTuple):
    """The first resolution in a cycle; ``attribution`` is the fold as of it."""

    event_id: str
    at: datetime
    channel: str
    attribution: Attribution


class CycleEnd(NamedTuple):
    """When a cycle's resolution ceased to hold, and why."""

    at: datetime
    reason: EndReason


class ResolutionCycle(NamedTuple):
    """From the reception, or a reopening, to the next. It is named by the event that opened it."""

    event_id: str
    resolution: Resolution | None = None
    end: CycleEnd | None = None


def fold_cycles(steps: Iterable[Step]) -> tuple[ResolutionCycle, ...]:
    """The cycles of a complaint that was received; none without steps."""
    fold = _Fold()
    for step in steps:
        fold.apply(step)
    return tuple(fold.cycles)


class _Fold:
    def __init__(self) -> None:
        self.cycles: list[ResolutionCycle] = []
        self.attribution: dict[str, str | None] = {}

    def apply(self, step: Step) -> None:
        said, effect = step.event.contents, step.effect
        if effect == "received" and isinstance(said, ComplaintFields):
            self._open(step)
            self.attribution |= {"channel": said.channel, "category": said.category}
        elif isinstance(said, Correction):
            self._note_category(said.category)
        elif isinstance(said, RoutedContents) and effect == "routed":
            self.attribution |= {"queue": said.queue, "ruleset_version": said.ruleset_version, "arm": said.arm}
            self._note_category(said.found.category)
        elif effect == "resolved":
            self._resolve(step)
        elif effect == "withdrawn":
            self._end_cycle(step, "withdrawn")
        elif effect == "reopened":
            self._end_cycle(step, "reopened")
            self._open(step)

    def _open(self, step: Step) -> None:
        self.cycles.append(ResolutionCycle(unpack_id(step.event.event_id)))

    def _note_category(self, category: str | None) -> None:
        self.attribution["category"] = category or self.attribution.get("category")

    def _resolve(self, step: Step) -> None:
        said = step.event.contents
        agent = step.agent or (said.agent if isinstance(said, ByAgent) else None)
        attribution = Attribution.model_validate(self.attribution | {"agent": agent})
        resolution = Resolution(
            event_id=unpack_id(step.event.event_id),
            at=instant(step.at),
            channel=attribution.channel or "",
            attribution=attribution,
        )
        self.cycles[-1] = self.cycles[-1]._replace(resolution=resolution)

    def _end_cycle(self, step: Step, reason: EndReason) -> None:
        if self.cycles[-1].end is None:
            self.cycles[-1] = self.cycles[-1]._replace(end=CycleEnd(instant(step.at), reason))
