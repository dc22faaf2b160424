"""From one event and a complaint's row to what follows: decisions, its item in a queue, its next row."""

from __future__ import annotations

from bisect import bisect
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, cast

from schemas.events import ComplaintReceived, LifecycleEvent
from services.router.domain.claims import Claims
from services.router.domain.decisions import Decision, decide
from services.router.domain.entries import entry_of
from services.router.domain.journey import (
    LEAVES,
    Effect,
    Entry,
    Journey,
    Kind,
    Placement,
    Status,
    fold_order,
    is_trigger,
    item_of,
    opened,
    travelled,
)
from services.router.domain.outputs import Queued, Routed, complaint_routed, mark_of, queue_item
from services.router.domain.rows import pack, unpack
from services.router.domain.ruleset import Ruleset

ENTRIES = 2_000
"""What a row may hold. More is a loop between systems: the complaint goes to triage, and no further."""

KEPT: dict[Status, timedelta | None] = {
    "open": None,
    "resolved": timedelta(days=365),
    "ended": timedelta(days=30),
}
"""How long a row is kept after its last event: to know a duplicate, and to route what is reopened."""

HELD = timedelta(days=30)
"""How long events wait for their complaint's reception."""

Remark = Effect | Literal["held", "duplicate", "too_many_events"]


class Routing(NamedTuple):
    """What follows from one event. ``remark`` names what the event did, or why it did nothing.

    ``left`` is the queue whose item goes; ``item`` the one that stands now, if it changed. Without ``body`` the
    row stays as it is; with one it is to be kept for ``keep``, or for as long as the complaint is open.
    """

    remark: Remark
    decisions: tuple[Routed, ...] = ()
    left: str | None = None
    item: Queued | None = None
    body: bytes | None = None
    keep: timedelta | None = None


def route(event: LifecycleEvent, body: bytes | None, ruleset: Ruleset, recorded_at: datetime) -> Routing:
    """What follows from ``event`` (its type in KINDS) for the complaint whose row has ``body``, or none yet."""
    if body is None and isinstance(event, ComplaintReceived):
        return received_first(event, ruleset, recorded_at)
    return folded_in(event, [] if body is None else unpack(body), ruleset, recorded_at)


def received_first(event: ComplaintReceived, ruleset: Ruleset, recorded_at: datetime) -> Routing:
    """What ``folded_in`` says of a complaint's first event, for three microseconds less: a flood is made of these."""
    complaint_id, entry = event.complaint_id, entry_of(event)
    claims = cast("Claims", entry.content)
    decision = Decision(entry, "received", claims, ruleset.decide(claims), hop=0, revision=0)
    routed = complaint_routed(complaint_id, decision, ruleset, recorded_at)
    placement = _placement(decision, routed)
    item = queue_item(complaint_id, entry, item_of(placement, claims, entry.occurred, None), recorded_at)
    return Routing("received", (routed,), None, item, pack([Entry(*entry[:-1], placement)]), KEPT["open"])


def folded_in(event: LifecycleEvent, entries: list[Entry], ruleset: Ruleset, recorded_at: datetime) -> Routing:
    """What follows from ``event`` for the complaint that has ``entries`` so far.

    Decisions before the event in fold order stand as they were made. The event's own and those after it are made
    with ``ruleset`` as it is now, and published where they are new or say something else than before.
    """
    if event.event_id in [entry.event_id for entry in entries]:
        return Routing("duplicate")
    before, fresh = travelled(entries), entry_of(event)
    if len(entries) >= ENTRIES and not _still_taken(fresh, before):
        return Routing("too_many_events")
    at = bisect(entries, fold_order(fresh), key=fold_order)
    entries.insert(at, fresh)
    after = opened(entries)
    if after is None:
        return Routing("held", body=pack(entries), keep=HELD)
    effects: list[Effect] = []
    decisions: list[Routed] = []
    for index, entry in enumerate(entries):
        effect = after.apply(entry)
        effects.append(effect)
        if is_trigger(effect):
            if index >= at:
                decision = decide(after, entry, effect, ruleset, crowded=len(entries) > ENTRIES)
                entries[index], routed = _answered(event.complaint_id, decision, ruleset, recorded_at)
                decisions += routed
            after.place(entries[index])
    left, item = _moved(event.complaint_id, before, after, recorded_at)
    return Routing(effects[at], tuple(decisions), left, item, pack(entries), KEPT[after.status])


def _still_taken(fresh: Entry, before: Journey | None) -> bool:
    """Whether a full row takes one more: the reception waited for, what ends it, and one way into triage."""
    if before is None:
        return fresh.kind is Kind.RECEIVED
    if before.item is None or before.placement is None:
        return False
    reclaims = fresh.kind in (Kind.RECLASSIFIED, Kind.ESCALATED)
    return fresh.kind in LEAVES or (reclaims and before.placement.reason != "too_many_events")


def _answered(
    complaint_id: str, decision: Decision, ruleset: Ruleset, recorded_at: datetime
) -> tuple[Entry, tuple[Routed, ...]]:
    """The cause with its placement, and the event, unless the same was decided for this cause before."""
    cause = decision.cause
    routed = complaint_routed(complaint_id, decision, ruleset, recorded_at)
    if cause.placement is not None:
        if mark_of(routed) == cause.placement.decision:
            return cause, ()
        decision = decision._replace(revision=decision.revision + 1)
        routed = complaint_routed(complaint_id, decision, ruleset, recorded_at)
    return Entry(*cause[:-1], _placement(decision, routed)), (routed,)


def _placement(decision: Decision, routed: Routed) -> Placement:
    outcome = decision.outcome
    skills = outcome.skills_for(decision.claims)
    mark = mark_of(routed)
    return Placement(outcome.queue, outcome.priority, skills, outcome.reason, decision.hop, decision.revision, mark)


def _moved(
    complaint_id: str, before: Journey | None, after: Journey, recorded_at: datetime
) -> tuple[str | None, Queued | None]:
    """The queue that the complaint left, and its item as it stands now, each only if that has changed."""
    was, now = None if before is None else before.item, after.item
    if before is not None and now == was and (now is None or after.cause.event_id == before.cause.event_id):
        return None, None
    left = was.queue if was is not None and (now is None or now.queue != was.queue) else None
    return left, None if now is None else queue_item(complaint_id, after.cause, now, recorded_at)
