"""From a complaint's events in fold order to where it stands: open or not, in which queue, with which agent."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, NamedTuple, TypeGuard

from schemas.derived import Trigger
from schemas.primitives import Severity
from services.router.domain.claims import Claims, Correction, corrected
from services.router.domain.ruleset import Reason


class Kind(IntEnum):
    """The events that routing answers to, in rank order. Rows hold the numbers: never change one."""

    RECEIVED = 1
    ASSIGNED = 2
    RECLASSIFIED = 3
    ESCALATED = 4
    RESOLVED = 5
    REOPENED = 6
    CLOSED = 7
    WITHDRAWN = 8


class Placement(NamedTuple):
    """A decision as rows remember it: ``revision`` of those its event caused, ``decision`` its id's end."""

    queue: str
    priority: int
    skills: str
    reason: Reason
    hop: int
    revision: int
    decision: bytes


class Entry(NamedTuple):
    """What routing keeps of one event. ``occurred`` is microseconds since 1970; ``content`` may be an agent's id."""

    kind: Kind
    occurred: int
    sequence: int
    event_id: str
    content: Claims | Correction | str | None = None
    placement: Placement | None = None


def fold_order(entry: Entry) -> tuple[bool, int, int, int, str]:
    """Where an entry stands among a complaint's entries. Its reception opens it, whatever the clocks said."""
    return entry.kind is not Kind.RECEIVED, entry.occurred, entry.kind, entry.sequence, entry.event_id


Effect = Literal[
    "received",
    "reclassified",
    "reopened",
    "escalated",
    "assigned",
    "resolved",
    "ended",
    "already_received",
    "already_assigned",
    "already_open",
    "not_open",
]
"""What an entry did: a trigger of routing, a change, or the reason why it changed nothing."""

TRIGGERS: frozenset[str] = frozenset(("received", "reclassified", "reopened", "escalated"))


def is_trigger(effect: Effect) -> TypeGuard[Trigger]:
    """Whether the effect asks for a decision."""
    return effect in TRIGGERS


Status = Literal["open", "resolved", "ended"]
"""Ended is closed or withdrawn; a reopening opens either again."""

ENDS = frozenset((Kind.CLOSED, Kind.WITHDRAWN))
LEAVES = ENDS | {Kind.RESOLVED}


class Item(NamedTuple):
    """A complaint as it stands in a queue."""

    queue: str
    priority: int
    skills: str
    category: str | None
    severity: Severity | None
    channel: str
    language: str | None
    entered: int
    agent_id: str | None


def item_of(placement: Placement, claims: Claims, entered: int, agent_id: str | None) -> Item:
    """How a complaint with these claims stands where it was placed."""
    return Item(
        placement.queue,
        placement.priority,
        placement.skills,
        claims.category,
        claims.severity,
        claims.channel,
        claims.language,
        entered,
        agent_id,
    )


class Journey:
    """Where a received complaint stands after the entries applied so far; ``cause`` last changed its ``item``."""

    __slots__ = ("agent_id", "cause", "claims", "entered", "item", "placement", "status")

    def __init__(self, received: Entry, claims: Claims) -> None:
        self.claims = claims
        self.cause = received
        self.status: Status = "open"
        self.placement: Placement | None = None
        self.entered = received.occurred
        self.agent_id: str | None = None
        self.item: Item | None = None

    def apply(self, entry: Entry) -> Effect:
        """Take in one entry. Where the effect is a trigger, ``place`` must follow."""
        effect = self._effect(entry)
        if effect not in TRIGGERS:
            self._settle(entry)
        return effect

    def place(self, entry: Entry) -> None:
        """Put the open complaint where the entry's placement says. A move or a reopening frees it of its agent."""
        self.placement = entry.placement
        if self.item is None or self.placement is None or self.placement.queue != self.item.queue:
            self.entered, self.agent_id = entry.occurred, None
        self._settle(entry)

    def _effect(self, entry: Entry) -> Effect:
        kind = entry.kind
        if kind is Kind.RECEIVED:
            return "received" if self.placement is None else "already_received"
        if kind is Kind.REOPENED:
            if self.status == "open":
                return "already_open"
            self.status = "open"
            return "reopened"
        if kind in ENDS:
            if self.status == "ended":
                return "not_open"
            self.status = "ended"
            return "ended"
        if isinstance(entry.content, Correction):
            self.claims = corrected(self.claims, entry.content)
        return self._while_open(entry) if self.status == "open" else "not_open"

    def _while_open(self, entry: Entry) -> Effect:
        if entry.kind is Kind.RECLASSIFIED:
            return "reclassified"
        if entry.kind is Kind.ESCALATED:
            return "escalated"
        if entry.kind is Kind.RESOLVED:
            self.status = "resolved"
            return "resolved"
        if self.agent_id is not None:
            return "already_assigned"
        self.agent_id = str(entry.content)
        return "assigned"

    def _settle(self, entry: Entry) -> None:
        """Note how the item stands now, and the entry as the cause if that is a change."""
        item = None
        if self.status == "open" and self.placement is not None:
            item = item_of(self.placement, self.claims, self.entered, self.agent_id)
        if item != self.item:
            self.item, self.cause = item, entry


def opened(entries: list[Entry]) -> Journey | None:
    """The journey that the first of a complaint's entries opens, or None while its reception is waited for."""
    if not entries or not isinstance(entries[0].content, Claims):
        return None
    return Journey(entries[0], entries[0].content)


def travelled(entries: list[Entry]) -> Journey | None:
    """The journey to where entries in fold order, each with the placement it got, lead."""
    journey = opened(entries)
    if journey is not None:
        for entry in entries:
            if is_trigger(journey.apply(entry)):
                journey.place(entry)
    return journey
