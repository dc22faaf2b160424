"""Entries: an event goes in, and what feedback needs to remember of it comes out, in the order of the fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from schemas.derived import ComplaintRouted, SurveyAnswered
from schemas.events import (
    LIFECYCLE_RANK,
    AgentAssigned,
    ComplaintClosed,
    ComplaintEscalated,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintWithdrawn,
)
from schemas.primitives import Event, SurveyMetric
from services.feedback.domain.scores import in_range
from services.worktime.instants import microseconds

NO_ID = bytes(16)
_LAST_RANK = len(LIFECYCLE_RANK)
_ANSWERED_RANK = {
    "received": LIFECYCLE_RANK["complaint_received"],
    "reclassified": LIFECYCLE_RANK["complaint_reclassified"],
    "escalated": LIFECYCLE_RANK["complaint_escalated"],
    "reopened": LIFECYCLE_RANK["complaint_reopened"],
}
"""The rank of what a routing decision answers; what no lifecycle event caused comes last in its instant."""


class Kind(IntEnum):
    """What happened. The numbers stand in stored rows: never give one another meaning."""

    RECEIVED = 1
    ASSIGNED = 2
    RECLASSIFIED = 3
    ESCALATED = 4
    RESOLVED = 5
    REOPENED = 6
    CLOSED = 7
    WITHDRAWN = 8
    ROUTED = 9
    ANSWERED = 10


class Refused(ValueError):
    """An event that breaks a rule.

    ``reason`` is other_metric, score_out_of_range, too_many_events or count_out_of_range.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, as far as surveys and satisfaction depend on it. Instants are microseconds since 1970.

    ``other`` is the event that a routing decision answers, or the cycle that an answer judges; ``number`` is the
    decision's hop, or the answer's score. ``names`` by kind: received (channel, category), assigned (agent),
    reclassified (category), resolved (agent), routed (queue, category, ruleset version, arm), answered (metric).
    """

    kind: Kind
    rank: int
    occurred_at: int
    recorded_at: int
    event_id: bytes
    sequence: int | None = None
    other: bytes = NO_ID
    number: int = 0
    names: tuple[str | None, ...] = ()


def entry_of(event: Event, metric: SurveyMetric) -> Entry | None:
    """What to remember of ``event``, or None where feedback does not depend on it: a null score is no answer.

    Raises Refused.
    """
    match event:
        case SurveyAnswered():
            return _answer(event, metric)
        case ComplaintRouted():
            names = (event.queue, event.category, event.ruleset_version, event.arm)
            rank = _ANSWERED_RANK.get(event.trigger, _LAST_RANK)
            return _entry(Kind.ROUTED, event, names, rank, event.cause_event_id, event.hop)
        case ComplaintReceived():
            return _entry(Kind.RECEIVED, event, (event.channel, event.category))
        case AgentAssigned():
            return _entry(Kind.ASSIGNED, event, (event.agent_id,))
        case ComplaintReclassified():
            return _entry(Kind.RECLASSIFIED, event, (event.category,))
        case ComplaintEscalated():
            return _entry(Kind.ESCALATED, event)
        case ComplaintResolved():
            return _entry(Kind.RESOLVED, event, (event.agent_id,))
        case ComplaintReopened():
            return _entry(Kind.REOPENED, event)
        case ComplaintClosed():
            return _entry(Kind.CLOSED, event)
        case ComplaintWithdrawn():
            return _entry(Kind.WITHDRAWN, event)
        case _:
            return None


def in_fold_order(entries: Iterable[Entry]) -> list[Entry]:
    """By occurred_at, rank, source_sequence (none before any), event_id; a routing after what it answers, by hop."""
    known = list(entries)
    sequences = {entry.event_id: entry.sequence for entry in known}

    def place(entry: Entry) -> tuple[object, ...]:
        if entry.kind is not Kind.ROUTED:
            return (*_place(entry, entry.sequence, entry.event_id), 0, 0, entry.event_id)
        return (*_place(entry, sequences.get(entry.other), entry.other), 1, entry.number, entry.event_id)

    return sorted(known, key=place)


def _place(entry: Entry, sequence: int | None, event_id: bytes) -> tuple[object, ...]:
    return entry.occurred_at, entry.rank, sequence is not None, sequence or 0, event_id


def _answer(event: SurveyAnswered, metric: SurveyMetric) -> Entry | None:
    if event.score is None:
        return None
    if event.metric != metric:
        raise Refused("other_metric", f"/metric: this deployment asks for {metric}")
    if not in_range(metric, event.score):
        raise Refused("score_out_of_range", f"/score: no score of {metric}")
    return _entry(Kind.ANSWERED, event, (event.metric,), _LAST_RANK, event.cycle, event.score)


def _entry(
    kind: Kind,
    event: Event,
    names: tuple[str | None, ...] = (),
    rank: int | None = None,
    other: str | None = None,
    number: int = 0,
) -> Entry:
    return Entry(
        kind=kind,
        rank=LIFECYCLE_RANK[event.type] if rank is None else rank,
        occurred_at=microseconds(event.occurred_at),
        recorded_at=microseconds(event.recorded_at),
        event_id=id_bytes(event.event_id),
        sequence=getattr(event, "source_sequence", None),
        other=NO_ID if other is None else id_bytes(other),
        number=number,
        names=names,
    )


def id_bytes(identifier: str) -> bytes:
    """The 16 bytes of an Identifier."""
    return bytes.fromhex(identifier.replace("-", ""))


def id_text(raw: bytes) -> str:
    """The Identifier of 16 bytes."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
