"""The order in which a complaint's events are folded, whatever the order in which they were read.

Receptions come first; then events by the instant that was reported, the source's sequence (none before any), the rank
of the type and the id. A routing decision follows the event that asked for it; one of another instant than its cause (a
timer's), or whose cause is not known, comes last in its instant.
"""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.contents import RoutedContents
from services.lifecycle.effects import TRIGGERS
from services.lifecycle.event_kinds import RECEIVED, ROUTED
from services.lifecycle.stored_event import StoredEvent

FIRST = -(1 << 63)
"""Before every instant."""


class Placed(NamedTuple):
    """A routing decision, by what orders it among others."""

    occurred: int
    hop: int
    event_id: bytes
    event: StoredEvent


def sort_events(events: list[StoredEvent]) -> list[StoredEvent]:
    """The events in fold order. Of several decisions that one event asked for, only the last revision is among them."""
    ordered = sorted([event for event in events if event.kind != ROUTED])
    if len(ordered) == len(events):
        return ordered
    opened_at = ordered[0].occurred if ordered and ordered[0].kind == RECEIVED else FIRST
    causes = {event.event_id: max(opened_at, event.occurred) for event in ordered}
    asked: dict[bytes, Placed] = {}
    following: list[Placed] = []
    others: list[Placed] = []
    for event in events:
        said = event.contents
        if not isinstance(said, RoutedContents):
            continue
        placed = Placed(event.occurred, said.hop, event.event_id, event)
        if said.cause in causes and said.trigger in TRIGGERS:
            known = asked.get(said.cause)
            if known is None or find_revision(known.event) < find_revision(event):
                asked[said.cause] = placed
        elif causes.get(said.cause) == event.occurred:
            following.append(placed)
        else:
            others.append(placed)
    return _insert_routings(ordered, causes, sorted([*asked.values(), *following]), sorted(others, reverse=True))


def find_revision(routing: StoredEvent) -> tuple[int, int, bytes]:
    """What orders the decisions that one event asked for: the last of them counts."""
    said = routing.contents
    return (said.revision, said.hop, routing.event_id) if isinstance(said, RoutedContents) else (0, 0, b"")


def _insert_routings(
    ordered: list[StoredEvent], causes: dict[bytes, int], following: list[Placed], others: list[Placed]
) -> list[StoredEvent]:
    """Those that follow directly after their causes; the others, of which the last is the first, last in their instant.

    ``causes`` are the instants as of which the ordered events count.
    """
    answers: dict[bytes, list[StoredEvent]] = {}
    for routing in following:
        said = routing.event.contents
        if isinstance(said, RoutedContents):
            answers.setdefault(said.cause, []).append(routing.event)
    result: list[StoredEvent] = []
    for event in ordered:
        while others and event.later and others[-1].occurred < causes[event.event_id]:
            result.append(others.pop().event)
        result.append(event)
        result.extend(answers.get(event.event_id, ()))
    result.extend([other.event for other in reversed(others)])
    return result
