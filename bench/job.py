"""The product's job without its guarantees: one record's bytes in, its decision and its queue item out.

What the loops that Redress is compared with do for a record, written as one would write it who has no history to
fold: the same models, rules and ids, no row, no journey.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from schemas.codec import encode
from schemas.derived import ComplaintRouted, QueueItem
from schemas.events import ComplaintReceived
from schemas.headers import Header, cloudevents_headers, traceparent_of
from schemas.topics import COMPLAINTS_ROUTED
from services.router.domain.claims import claims_of
from services.router.domain.decisions import Decision
from services.router.domain.instants import microseconds
from services.router.domain.journey import Entry, Item, Kind
from services.router.domain.outputs import complaint_routed, queue_item
from services.router.domain.ruleset import Ruleset
from services.router.settings import Settings, load_queues, load_ruleset
from services.runtime.settings import SHIPPED_CONFIG

SOURCE = "/redress/router"


class Output(NamedTuple):
    """One record to write."""

    topic: str
    value: bytes
    headers: list[Header]


def shipped_ruleset() -> Ruleset:
    """The rules that the router worker has too."""
    settings = Settings(config=SHIPPED_CONFIG)
    return load_ruleset(settings, load_queues(settings))


def decided(complaint: Any, ruleset: Ruleset, recorded_at: datetime) -> tuple[ComplaintRouted, QueueItem]:
    """What the router publishes of a complaint it hears of for the first time.

    ``complaint`` is a ComplaintReceived, or any object with its attributes.
    """
    claims = claims_of(complaint)
    outcome = ruleset.decide(claims)
    cause = Entry(Kind.RECEIVED, microseconds(complaint.occurred_at), 0, complaint.event_id)
    decision = Decision(cause, "received", claims, outcome, hop=0, revision=0)
    item = Item(
        outcome.queue,
        outcome.priority,
        outcome.skills_for(claims),
        claims.category,
        claims.severity,
        claims.channel,
        claims.language,
        entered=cause.occurred,
        agent_id=None,
    )
    return (
        complaint_routed(complaint.complaint_id, decision, ruleset, recorded_at),
        queue_item(complaint.complaint_id, cause, item, recorded_at),
    )


def outputs(
    complaint: ComplaintReceived, headers: Iterable[tuple[str, bytes | None]], ruleset: Ruleset, recorded_at: datetime
) -> tuple[Output, Output]:
    """The decision for complaints-routed, and the item for the queue it names."""
    routed, item = decided(complaint, ruleset, recorded_at)
    trace = traceparent_of(headers)
    return (
        Output(COMPLAINTS_ROUTED.name, encode(routed), cloudevents_headers(routed, SOURCE, trace)),
        Output(f"queue-{item.queue}", encode(item), cloudevents_headers(item, SOURCE, trace)),
    )
