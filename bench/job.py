"""The product's job without its guarantees: one record's bytes in, its decision and its queue item out.

What the loops that Redress is compared with do for a record, written as one would write it who has no history to
fold: the same models, rules, ids and JSON, no row, no fold.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from schemas.events import ComplaintReceived
from schemas.headers import Header, cloudevents_headers, traceparent_of
from schemas.ids import pack_id
from schemas.topics import COMPLAINTS_ROUTED
from services.config.folder import SHIPPED
from services.lifecycle.event_kinds import RECEIVED
from services.lifecycle.history import History
from services.lifecycle.stored_event import NO_SEQUENCE, StoredEvent, read_complaint_fields
from services.router.domain.decisions import Decision
from services.router.domain.outputs import render_decision, render_item
from services.router.domain.queue_entry import QueueEntry, make_queue_entry
from services.router.domain.queue_rules import Ruleset
from services.router.domain.stored_decision import StoredDecision
from services.router.settings import Settings, load_queues, load_ruleset
from services.worktime.instants import microseconds

SOURCE = "/redress/router"


class Output(NamedTuple):
    """One record to write."""

    topic: str
    value: bytes
    headers: list[Header]


def shipped_ruleset() -> Ruleset:
    """The rules that the router worker has too."""
    settings = Settings(config=SHIPPED)
    return load_ruleset(settings, load_queues(settings))


class Decided(NamedTuple):
    """What is decided of a complaint that is heard of for the first time, and how it stands in its queue."""

    decision: Decision
    entry: QueueEntry


def decided(complaint: Any, ruleset: Ruleset) -> Decided:
    """What the rules say. ``complaint`` is a ComplaintReceived, or any object with its attributes."""
    fields = read_complaint_fields(complaint)
    result = ruleset.evaluate(fields)
    at = microseconds(complaint.occurred_at)
    cause = StoredEvent(0, at, NO_SEQUENCE, 0, pack_id(complaint.event_id), RECEIVED, at, fields)
    stored = StoredDecision(result.queue, result.priority, result.format_skills(fields), result.reason, 0, 0, b"")
    return Decided(
        Decision(cause, at, "received", fields, result, hop=0, revision=0),
        make_queue_entry(stored, fields, History(cause)),
    )


def outputs(
    complaint: ComplaintReceived, headers: Iterable[tuple[str, bytes | None]], ruleset: Ruleset, recorded_at: datetime
) -> tuple[Output, Output]:
    """The decision for complaints-routed, and the item for the queue it names."""
    decision, entry = decided(complaint, ruleset)
    recorded = microseconds(recorded_at)
    routed = render_decision(complaint.complaint_id, decision, ruleset, recorded).event
    queued = render_item(complaint.complaint_id, decision.cause, decision.at, entry, recorded).event
    trace = traceparent_of(headers)
    return (
        Output(COMPLAINTS_ROUTED.name, routed.value, cloudevents_headers(routed, SOURCE, trace)),
        Output(f"queue-{entry.queue}", queued.value, cloudevents_headers(queued, SOURCE, trace)),
    )
