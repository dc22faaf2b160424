"""The events that are kept of one complaint: one more in; whether it is new, and what is kept then, out.

How many there may be, event_limit.py says. Of the routing decisions that one event asked for, a later revision takes
the place of the earlier ones, or late events would fill a row with corrections.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from services.lifecycle.contents import RoutedContents
from services.lifecycle.effects import TRIGGERS
from services.lifecycle.event_bytes import decode_events, encode_event, merge_event
from services.lifecycle.event_kinds import ROUTED
from services.lifecycle.event_limit import is_beyond, is_full, limit_events
from services.lifecycle.fold_order import find_revision
from services.lifecycle.stored_event import StoredEvent

Added = Literal["new", "replaced", "duplicate", "too_many_events"]


class EventLog:
    """``count`` encoded events in the order in which they were read; ``touched`` is when one was read last.

    ``overflowed`` is the instant of the first event beyond the limit, 0 while there is none.
    """

    def __init__(self, events: bytes = b"", count: int = 0, touched: int = 0, overflowed: int = 0) -> None:
        self.events = events
        self.count = count
        self.touched = touched
        self.overflowed = overflowed

    def add(self, event: StoredEvent) -> Added:
        """Keep ``event``; of two copies with one id the lower (recorded, bytes) stands.

        ``too_many_events``: it lies beyond the limit, and is kept only if it is the last end or reopening there.
        """
        encoded = encode_event(event)
        # Bytes that are nowhere in the log are no event's id; those that are may also be what a routing answers.
        if event.event_id in self.events:
            events = merge_event(self.events, encoded)
            if events is self.events:
                return "duplicate"
            if len(events) != len(self.events) + len(encoded):
                self.events = events
                return "replaced"
        if event.kind == ROUTED and not self._supersede(event):
            return "duplicate"
        if not is_full(self.count, self.overflowed):
            self.events += encoded
            self.count += 1
            return "new"
        if is_beyond(event, self.overflowed):
            return "too_many_events"
        return self._limit(event)

    def wait(self, occurred: int, now: int) -> None:
        """Note that an event which waits for its reception was read at ``now``, 0 where no time is known.

        The wait begins with the first one. A service that reads ahead of its time reads an event before the instant
        ``occurred``: then the wait begins at that instant, as it does at any other speed.
        """
        self.touched = self.touched or max(now, occurred)

    def decode(self, kinds: Container[int] | None = None) -> list[StoredEvent]:
        """The events: all, or those of some ``kinds``."""
        return decode_events(self.events, kinds)

    def _supersede(self, routing: StoredEvent) -> bool:
        """Let earlier revisions of a routing decision go; False if there is a later one already.

        A first decision costs no look at the others; one that is read after its correction stays, and counts for
        nothing.
        """
        said = routing.contents
        if not isinstance(said, RoutedContents) or not said.revision or said.trigger not in TRIGGERS:
            return True
        others: list[StoredEvent] = []
        kept: list[StoredEvent] = []
        for one in self.decode():
            other = one.contents
            answers_the_same = (
                isinstance(other, RoutedContents) and other.cause == said.cause and other.trigger in TRIGGERS
            )
            (others if answers_the_same else kept).append(one)
        if any(find_revision(routing) < find_revision(one) for one in others):
            return False
        if others:
            self.events = b"".join([encode_event(one) for one in kept])
            self.count = len(kept)
        return True

    def _limit(self, event: StoredEvent) -> Added:
        """Add an event to a full log."""
        kept, beyond = limit_events([*self.decode(), event])
        if beyond:
            first = beyond[0].occurred
            self.overflowed = first if not self.overflowed else min(self.overflowed, first)
        self.events = b"".join([encode_event(one) for one in kept])
        self.count = len(kept)
        return "too_many_events" if any(one.event_id == event.event_id for one in beyond) else "new"
