"""The fold: a complaint's entries go in, in any order; its resolution cycles come out, each with who it judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from schemas.derived import Attribution
from services.feedback.domain.entries import Entry, Kind, id_text, in_fold_order
from services.worktime.instants import instant

Ending = Literal["reopened", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The first resolution in a cycle; ``attribution`` is the fold as of it."""

    event_id: str
    at: datetime
    channel: str
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class Cycle:
    """From the receipt, or a reopening, to the next; ``ended`` says when and by what it ceased to hold."""

    event_id: str
    resolution: Resolution | None = None
    ended: tuple[datetime, Ending] | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What the entries amount to. Without a receipt there are no cycles: the complaint is not known yet."""

    cycles: tuple[Cycle, ...]
    over: bool


@dataclass
class _Fold:
    cycles: list[Cycle] = field(default_factory=list)
    judged: dict[str, str | None] = field(default_factory=dict)
    settled: bool = False
    over: bool = False

    def take(self, entry: Entry) -> None:
        match entry.kind:
            case Kind.RECEIVED if not self.cycles:
                channel, category = entry.names
                self.cycles.append(Cycle(id_text(entry.event_id)))
                self.judged |= {"channel": channel, "category": category or self.judged.get("category")}
            case Kind.ASSIGNED:
                self.judged["agent"] = entry.names[0]
            case Kind.RECLASSIFIED if entry.names[0]:
                self.judged["category"] = entry.names[0]
            case Kind.ROUTED:
                queue, category, version, arm = entry.names
                self.judged |= {"queue": queue, "ruleset_version": version, "arm": arm}
                self.judged["category"] = category or self.judged.get("category")
            case Kind.RESOLVED:
                self._resolve(entry)
            case Kind.CLOSED:
                self.settled = self.over = True
            case Kind.WITHDRAWN:
                self.settled = self.over = True
                self._end(entry, "withdrawn")
            case Kind.REOPENED if self.settled and self.cycles:
                self.settled = self.over = False
                self._end(entry, "reopened")
                self.cycles.append(Cycle(id_text(entry.event_id)))
            case _:
                pass

    def _resolve(self, entry: Entry) -> None:
        self.settled = True
        if not self.cycles or self.cycles[-1].resolution is not None:
            return
        agent = entry.names[0] or self.judged.get("agent")
        attribution = Attribution.model_validate(self.judged | {"agent": agent})
        resolution = Resolution(
            event_id=id_text(entry.event_id),
            at=instant(entry.occurred_at),
            channel=attribution.channel or "",
            attribution=attribution,
        )
        self.cycles[-1] = replace(self.cycles[-1], resolution=resolution)

    def _end(self, entry: Entry, ending: Ending) -> None:
        if self.cycles and self.cycles[-1].ended is None:
            self.cycles[-1] = replace(self.cycles[-1], ended=(instant(entry.occurred_at), ending))


def fold(entries: Iterable[Entry]) -> History:
    """The complaint's history. A reopening of what was not resolved, closed or withdrawn opens no cycle."""
    state = _Fold()
    for entry in in_fold_order(entries):
        state.take(entry)
    return History(tuple(state.cycles), state.over)
