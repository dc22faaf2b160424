"""The product's job without its guarantees: one record's bytes in, its decision and its queue item out.

What the loops that Redress is compared with do for a record, written as one would write it who has no history to
fold: the same models, rules, ids and JSON, no row, no journey.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from schemas.events import ComplaintReceived
from schemas.headers import Header, cloudevents_headers, traceparent_of
from schemas.topics import COMPLAINTS_ROUTED
from services.config.folder import SHIPPED
from services.router.domain.claims import claims_of
from services.router.domain.decisions import Decision
from services.router.domain.journey import Entry, Item, Kind, Placement, item_of
from services.router.domain.outputs import complaint_routed, queue_item
from services.router.domain.ruleset import Ruleset
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
    item: Item


def decided(complaint: Any, ruleset: Ruleset) -> Decided:
    """What the rules say. ``complaint`` is a ComplaintReceived, or any object with its attributes."""
    claims = claims_of(complaint)
    outcome = ruleset.decide(claims)
    cause = Entry(Kind.RECEIVED, microseconds(complaint.occurred_at), 0, complaint.event_id)
    skills = outcome.skills_for(claims)
    placement = Placement(outcome.queue, outcome.priority, skills, outcome.reason, 0, 0, b"")
    return Decided(
        Decision(cause, "received", claims, outcome, hop=0, revision=0),
        item_of(placement, claims, cause.occurred, None),
    )


def outputs(
    complaint: ComplaintReceived, headers: Iterable[tuple[str, bytes | None]], ruleset: Ruleset, recorded_at: datetime
) -> tuple[Output, Output]:
    """The decision for complaints-routed, and the item for the queue it names."""
    decision, item = decided(complaint, ruleset)
    routed = complaint_routed(complaint.complaint_id, decision, ruleset, recorded_at).event
    queued = queue_item(complaint.complaint_id, decision.cause, item, recorded_at).event
    trace = traceparent_of(headers)
    return (
        Output(COMPLAINTS_ROUTED.name, routed.value, cloudevents_headers(routed, SOURCE, trace)),
        Output(f"queue-{item.queue}", queued.value, cloudevents_headers(queued, SOURCE, trace)),
    )
