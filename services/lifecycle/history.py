"""A complaint's history as far as it was read: an event in, what it did out; what stands after it, beside.

An event that happened, by its own clock, before the complaint was received is read as of the reception.
"""

from __future__ import annotations

from services.lifecycle.contents import ByAgent, Claim, ComplaintFields, PauseContents, RoutedContents
from services.lifecycle.effects import TRIGGERS, Effect, Status
from services.lifecycle.event_kinds import (
    ASSIGNED,
    CHANGES,
    CLOSED,
    CUSTOMER_REPLIED,
    ENDS,
    ESCALATED,
    PAUSED,
    RECEIVED,
    RECLASSIFIED,
    RELEASED,
    REOPENED,
    RESOLVED,
    RESUMED,
    ROUTED,
)
from services.lifecycle.pause import Pause
from services.lifecycle.stored_event import StoredEvent


class History:
    """What stands after the events applied so far. Instants are microseconds since 1970.

    ``opened`` is the reception, or in a history that is not ``known`` the event with which the work began. ``since`` is
    when the status began, ``cycle`` the id of the event that opened the cycle. ``waiting_since`` is from when on nobody
    holds the complaint, ``entered`` from when on it stands in its queue. ``pause`` goes on, ``pauses`` are over.
    ``resolved_by_another``: its last resolution names another agent than the one who held it.
    """

    def __init__(self, opened: StoredEvent, *, known: bool = True) -> None:
        self.opened = opened
        self.known = known
        self.status: Status = "open"
        self.since = opened.occurred
        self.cycle = opened.event_id
        self.agent: str | None = None
        self.waiting_since = opened.occurred
        self.queue: str | None = None
        self.entered = opened.occurred
        self.pause: Pause | None = None
        self.pauses: list[Pause] = []
        self.resolved_by_another = False
        self._last = opened.event_id
        self._last_effect: Effect = "reopened" if opened.kind == REOPENED else "received"

    def copy(self) -> History:
        """The same state, to be changed apart."""
        other = History(self.opened, known=self.known)
        other.status, other.since, other.cycle = self.status, self.since, self.cycle
        other.agent, other.waiting_since = self.agent, self.waiting_since
        other.queue, other.entered = self.queue, self.entered
        other.pause, other.pauses = self.pause, self.pauses[:]
        other.resolved_by_another = self.resolved_by_another
        other._last, other._last_effect = self._last, self._last_effect
        return other

    @property
    def reception(self) -> ComplaintFields:
        """What the front-end said of a ``known`` complaint."""
        said = self.opened.contents
        if not isinstance(said, ComplaintFields):
            raise TypeError("nobody received this complaint")
        return said

    def at(self, event: StoredEvent) -> int:
        """The instant as of which the event counts."""
        return max(event.occurred, self.opened.occurred)

    def apply(self, event: StoredEvent, at: int) -> Effect:
        """Apply the next event in fold order; ``at`` is the instant as of which it counts."""
        pause = self.pause
        if pause is not None and pause.ended is not None and pause.ended <= at:
            self._end_pause(pause.ended)
        if event.kind == ROUTED:
            return self._route(event, at)
        effect = self._change(event, at)
        self._last, self._last_effect = event.event_id, effect
        return effect

    def place(self, queue: str, at: int) -> None:
        """Put the complaint into a queue. A move frees it of its agent."""
        if queue != self.queue:
            if self.queue is not None:
                self.agent, self.waiting_since = None, at
            self.queue, self.entered = queue, at

    def _change(self, event: StoredEvent, at: int) -> Effect:
        kind = event.kind
        if kind not in CHANGES:
            return "noted"
        if kind == RECEIVED:
            return "received" if event.event_id == self.opened.event_id else "already_received"
        if kind == REOPENED:
            return self._reopen(event, at)
        if kind in ENDS:
            if self.status == "ended":
                return "not_open"
            self._end("ended", at)
            return "closed" if kind == CLOSED else "withdrawn"
        if self.status != "open":
            return "noted" if kind == CUSTOMER_REPLIED else "not_open"
        if kind == ASSIGNED:
            return self._assign(event)
        if kind == RELEASED:
            return self._release(event, at)
        if kind == RESOLVED:
            said = event.contents
            if isinstance(said, ByAgent) and said.agent is not None and self.agent is not None:
                self.resolved_by_another = said.agent != self.agent
            self._end("resolved", at)
            return "resolved"
        if kind == PAUSED:
            self._end_pause(at)
            said = event.contents
            until = said.until if isinstance(said, PauseContents) else None
            self.pause = Pause(at, None if until is None else max(at, until), event)
            return "paused"
        if kind == RESUMED:
            if self.pause is None:
                return "not_paused"
            self._end_pause(at)
            return "resumed"
        if kind == CUSTOMER_REPLIED:
            if self.pause is not None:
                said = self.pause.event.contents
                if isinstance(said, PauseContents) and said.reason == "customer":
                    self._end_pause(at)
            return "noted"
        if kind == RECLASSIFIED:
            return "reclassified"
        return "escalated" if kind == ESCALATED else "noted"

    def _reopen(self, event: StoredEvent, at: int) -> Effect:
        if self.status == "open":
            return "already_open"
        self.status, self.since, self.cycle = "open", at, event.event_id
        self.agent, self.waiting_since, self.entered = None, at, at
        return "reopened"

    def _end(self, status: Status, at: int) -> None:
        self.status, self.since = status, at
        self._end_pause(at)

    def _end_pause(self, at: int) -> None:
        if self.pause is not None:
            self.pauses.append(self.pause._replace(ended=at))
            self.pause = None

    def _assign(self, event: StoredEvent) -> Effect:
        said = event.contents
        if not isinstance(said, Claim):
            return "noted"
        if self.agent is None:
            self.agent = said.agent
            return "assigned"
        if said.replaces is None:
            return "already_assigned"
        if said.replaces != self.agent:
            return "replaces_another"
        self.agent = said.agent
        return "handed_over"

    def _release(self, event: StoredEvent, at: int) -> Effect:
        said = event.contents
        if self.agent is None:
            return "not_assigned"
        if isinstance(said, ByAgent) and said.agent is not None and said.agent != self.agent:
            return "releases_another"
        self.agent, self.waiting_since = None, at
        return "released"

    def _route(self, event: StoredEvent, at: int) -> Effect:
        said = event.contents
        if not isinstance(said, RoutedContents):
            return "noted"
        if said.cause == self._last and said.trigger != self._last_effect and said.trigger in TRIGGERS:
            return "not_asked"
        self.place(said.queue, at)
        return "routed"
