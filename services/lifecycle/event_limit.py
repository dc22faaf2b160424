"""How many events of one complaint count: the first MAX_EVENTS in fold order, and the last end or reopening beyond.

So two systems that answer each other for ever fill one row, and what is kept is the same in whatever order events are
read. Routing decisions, which the router makes of these, count towards no limit.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from services.lifecycle.event_kinds import ENDS, RECEIVED, REOPENED, RESOLVED, ROUTED
from services.lifecycle.stored_event import StoredEvent

MAX_EVENTS: int = 2_000
"""Beyond this a complaint is a loop between systems. Tests set a lower one, which mypyc would not see in a Final."""

KEPT_BEYOND: Final = ENDS | {RESOLVED, REOPENED}
"""What still says whether the complaint is open."""

NEVER_BEYOND: Final = KEPT_BEYOND | {RECEIVED, ROUTED}
"""Of these no instant tells: a reception comes first, and a routing decision lies where its cause does."""


class LimitedEvents(NamedTuple):
    """The events that are ``kept``, in the order in which they came, and all that lie ``beyond`` the limit."""

    kept: list[StoredEvent]
    beyond: list[StoredEvent]


def is_full(count: int, overflowed: int) -> bool:
    """Whether one more event is not just appended to a log with so many, and this first instant beyond the limit."""
    return overflowed > 0 or count >= MAX_EVENTS


def is_beyond(event: StoredEvent, overflowed: int) -> bool:
    """Whether an event is known to lie beyond the limit without a look at the others, and is not kept there.

    ``overflowed`` is the instant of the first event beyond the limit, 0 while there is none.
    """
    return 0 < overflowed < event.occurred and event.kind not in NEVER_BEYOND


def limit_events(events: list[StoredEvent]) -> LimitedEvents:
    """What is kept of the events: what lies beyond the limit goes, but for the last end or reopening there."""
    beyond = sorted([one for one in events if one.kind != ROUTED])[MAX_EVENTS:]
    if not beyond:
        return LimitedEvents(events, beyond)
    dropped = {one.event_id for one in beyond}
    dropped -= {one.event_id for one in [one for one in beyond if one.kind in KEPT_BEYOND][-1:]}
    return LimitedEvents([one for one in events if one.event_id not in dropped], beyond)
