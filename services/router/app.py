"""The router's one stage: complaint events in, decisions and queue items out."""

from __future__ import annotations

from typing import Any

from schemas.derived import QueueItem
from schemas.events import ClockAdvanced
from schemas.ids import derived_id
from schemas.topics import COMPLAINTS_ROUTED, Topic, queue_topic
from services.registry import ROUTER
from services.router.domain.queue_state import begin_fold
from services.router.domain.routing import route
from services.router.domain.rows import ROW_FORMAT, decode_row, encode_row
from services.router.domain.ruleset import Ruleset
from services.router.domain.stored_event import KINDS
from services.router.metrics import DECISIONS, UNROUTED
from services.router.settings import Settings, load_queues, load_ruleset
from services.runtime.stage import Application, Turn, declared_stage

UNROUTED_REASONS = frozenset(
    (
        "already_assigned",
        "already_open",
        "already_received",
        "duplicate",
        "expired",
        "held",
        "not_open",
        "too_many_events",
    )
)
"""Remarks that are counted: the event led to nothing, at least not yet."""


class QueueTopics(dict[str, Topic[QueueItem]]):
    """The topic of each queue; of one that is no longer declared, too, since complaints may still stand in it."""

    def __missing__(self, queue: str) -> Topic[QueueItem]:
        topic = self[queue] = queue_topic(queue)
        return topic


class Router:
    """Asks the domain about each event, publishes what it says, and passes stream time on."""

    def __init__(self, ruleset: Ruleset, queues: QueueTopics, *, passes_time_on: bool) -> None:
        self._ruleset = ruleset
        self._queues = queues
        self._passes_time_on = passes_time_on

    def on_event(self, turn: Turn, topic: Topic[Any], event: Any) -> None:
        """Route one lifecycle event; those that change no queue pass by."""
        if type(event) not in KINDS:
            return
        complaint_id: str = event.complaint_id
        key = complaint_id.encode()
        body = turn.row(key)
        stored = [] if body is None else decode_row(body)
        routing = route(event, stored, self._ruleset, turn.recorded_at)
        # Before anything is written: an event that cannot be stored is a dead letter, and no half of a turn.
        row = None if routing.events is None else encode_row(routing.events)
        for decision in routing.decisions:
            turn.publish(COMPLAINTS_ROUTED, complaint_id, decision.event)
            turn.count(DECISIONS, decision.queue, decision.reason)
        if routing.left_queue is not None:
            turn.tombstone(self._queues[routing.left_queue], complaint_id)
        if routing.item is not None:
            turn.publish(self._queues[routing.item.queue], complaint_id, routing.item.event)
        if row is not None:
            turn.put(key, row, None if routing.retention is None else turn.now + routing.retention)
        if routing.remark in UNROUTED_REASONS:
            turn.count(UNROUTED, routing.remark)

    def on_due(self, turn: Turn, key: bytes) -> None:
        """Forget a complaint that left long ago, or events whose complaint never came, which are counted."""
        body = turn.row(key)
        if body is not None and begin_fold(events := decode_row(body)) is None:
            turn.count(UNROUTED, "expired", by=len(events))
        turn.delete(key)

    def on_time(self, turn: Turn) -> None:
        """In stream time, say downstream that all is decided up to now."""
        if not self._passes_time_on:
            return
        said = derived_id("clock_advanced", COMPLAINTS_ROUTED.name, str(turn.partition), turn.now.isoformat())
        moved = ClockAdvanced(event_id=said, occurred_at=turn.now, recorded_at=turn.recorded_at, to=turn.now)
        turn.publish(COMPLAINTS_ROUTED, None, moved)


def build(settings: Settings) -> Application:
    """The router as the settings want it. Raises ConfigError where a file it needs cannot be used."""
    queues = load_queues(settings)
    topics = QueueTopics({name: queue_topic(name) for name in queues.names})
    router = Router(load_ruleset(settings, queues), topics, passes_time_on=settings.time == "stream")
    stage = declared_stage(ROUTER, "complaints", router, row_formats=(ROW_FORMAT,))
    return Application(ROUTER.name, (stage,), (COMPLAINTS_ROUTED, *topics.values()))
