"""The router's one stage: complaint events in, decisions and queue items out."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from schemas.derived import QueueItem
from schemas.events import ClockAdvanced
from schemas.ids import derived_id, is_test_id
from schemas.topics import COMPLAINTS_ROUTED, Topic, queue_topic
from services.lifecycle.effects import REMARKS
from services.registry import ROUTER
from services.router.domain.decisions import Moment
from services.router.domain.queue_rules import Ruleset
from services.router.domain.routing import Routing, route, route_due
from services.router.domain.rows import ROW_FORMAT
from services.router.metrics import DECISIONS, UNROUTED
from services.router.settings import Settings, load_queues, load_ruleset
from services.runtime.processor import ProcessorContext
from services.runtime.stage import Application, declared_stage
from services.worktime.instants import instant, microseconds

UNROUTED_REASONS = REMARKS | {"duplicate", "expired", "too_many_events"}
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

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: Any) -> None:
        """Route one lifecycle event."""
        key = event.complaint_id.encode()
        body = context.row(key)
        routing = route(event, body, self._ruleset, _at(context.now, context.recorded_at))
        if routing.row is not body:
            self._carry_out(context, event.complaint_id, key, routing)
        self._count(context, event.complaint_id, routing)

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """Send work on a complaint that nobody received to triage, or forget a complaint that ended long ago."""
        body = context.row(key)
        if body is None:
            return
        routing = route_due(key.decode(), body, self._ruleset, _at(context.now, context.recorded_at))
        self._carry_out(context, key.decode(), key, routing)
        self._count(context, key.decode(), routing)

    def on_time(self, context: ProcessorContext) -> None:
        """In stream time, say downstream that all is decided up to now."""
        if not self._passes_time_on:
            return
        said = derived_id("clock_advanced", COMPLAINTS_ROUTED.name, str(context.partition), context.now.isoformat())
        moved = ClockAdvanced(event_id=said, occurred_at=context.now, recorded_at=context.recorded_at, to=context.now)
        context.publish(COMPLAINTS_ROUTED, None, moved)

    def close(self) -> None:
        """Nothing is kept of a partition."""

    def _carry_out(self, context: ProcessorContext, complaint_id: str, key: bytes, routing: Routing) -> None:
        for decision in routing.decisions:
            context.publish(COMPLAINTS_ROUTED, complaint_id, decision.event)
        if routing.left_queue is not None:
            context.tombstone(self._queues[routing.left_queue], complaint_id)
        if routing.item is not None:
            context.publish(self._queues[routing.item.queue], complaint_id, routing.item.event)
        if routing.row is None:
            context.delete(key)
        else:
            context.put(key, routing.row, instant(routing.due) if routing.due else None)

    @staticmethod
    def _count(context: ProcessorContext, complaint_id: str, routing: Routing) -> None:
        if is_test_id(complaint_id):
            return
        for decision in routing.decisions:
            context.count(DECISIONS, decision.queue, decision.reason)
        if routing.remark in UNROUTED_REASONS:
            context.count(UNROUTED, routing.remark)


@lru_cache(maxsize=256)
def _at(now: datetime, recorded_at: datetime) -> Moment:
    """Cached, because all of a record batch is processed at one moment."""
    return Moment(microseconds(now), microseconds(recorded_at))


def build(settings: Settings) -> Application:
    """The router as the settings want it. Raises ConfigError where a file it needs cannot be used."""
    queues = load_queues(settings)
    topics = QueueTopics({name: queue_topic(name) for name in queues.names})
    new_router = partial(Router, load_ruleset(settings, queues), topics, passes_time_on=settings.time == "stream")
    stage = declared_stage(ROUTER, "complaints", new_router, row_formats=(ROW_FORMAT,))
    return Application(ROUTER.name, (stage,), (COMPLAINTS_ROUTED, *topics.values()))
