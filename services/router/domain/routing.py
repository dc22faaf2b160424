"""From one event and what is stored of a complaint to what follows: decisions, its item in a queue, what to store."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from schemas.events import ComplaintReceived, LifecycleEvent
from services.router.domain.decision_ids import cut_id_end
from services.router.domain.decisions import Decision, decide
from services.router.domain.fold_order import fold_key
from services.router.domain.match_fields import MatchFields
from services.router.domain.outputs import (
    RenderedDecision,
    RenderedItem,
    make_stored_decision,
    render_decision,
    render_item,
)
from services.router.domain.queue_entry import make_queue_entry
from services.router.domain.queue_state import ENDS, QueueState, Status, begin_fold, fold
from services.router.domain.reasons import Effect, Remark, is_trigger
from services.router.domain.ruleset import Ruleset
from services.router.domain.stored_event import EventKind, StoredEvent, make_stored_event

MAX_EVENTS = 2_000
"""What a row may hold. More is a loop between systems: the complaint goes to triage, and no further."""

RETENTION: dict[Status, timedelta | None] = {
    "open": None,
    "resolved": timedelta(days=365),
    "ended": timedelta(days=30),
}
"""How long a row is kept after its last event: to know a duplicate, and to route what is reopened."""

HELD_RETENTION = timedelta(days=30)
"""How long events wait for their complaint's reception."""

LEAVES = ENDS | {EventKind.RESOLVED}
"""What takes a complaint out of its queue."""


class Routing(NamedTuple):
    """What follows from one event. ``remark`` names what the event did, or why it did nothing.

    ``left_queue`` is the queue whose item goes; ``item`` the one that stands now, if it changed. Without ``events``
    the row stays as it is; with them it is to be kept for ``retention``, or for as long as the complaint is open.
    """

    remark: Remark
    decisions: tuple[RenderedDecision, ...] = ()
    left_queue: str | None = None
    item: RenderedItem | None = None
    events: Sequence[StoredEvent] | None = None
    retention: timedelta | None = None


def route(event: LifecycleEvent, stored: Sequence[StoredEvent], ruleset: Ruleset, recorded_at: datetime) -> Routing:
    """What follows from ``event`` (its type in KINDS) for the complaint of which ``stored`` is known."""
    if not stored and isinstance(event, ComplaintReceived):
        return route_first_reception(event, ruleset, recorded_at)
    return route_in_history(event, stored, ruleset, recorded_at)


def route_first_reception(event: ComplaintReceived, ruleset: Ruleset, recorded_at: datetime) -> Routing:
    """The result of ``route_in_history`` for a complaint's first event, 3 microseconds faster: the commonest case."""
    complaint_id, received = event.complaint_id, make_stored_event(event)
    fields = cast("MatchFields", received.content)
    decision = Decision(received, "received", fields, ruleset.evaluate(fields), hop=0, revision=0)
    routed = render_decision(complaint_id, decision, ruleset, recorded_at)
    stored = make_stored_decision(decision, routed)
    entry = make_queue_entry(stored, fields, received.occurred, None)
    item = render_item(complaint_id, received, entry, recorded_at)
    return Routing("received", (routed,), None, item, [StoredEvent(*received[:-1], stored)], RETENTION["open"])


def route_in_history(
    event: LifecycleEvent, stored: Sequence[StoredEvent], ruleset: Ruleset, recorded_at: datetime
) -> Routing:
    """What follows from ``event`` in its place among the ``stored`` events.

    Decisions before the event in fold order stand as they were made. The event's own and those after it are made
    with ``ruleset`` as it is now, and published where they are new or say something else than before.
    """
    if event.event_id in [known.event_id for known in stored]:
        return Routing("duplicate")
    before, added = fold(stored), make_stored_event(event)
    if len(stored) >= MAX_EVENTS and not _has_room_for(added, before):
        return Routing("too_many_events")
    position = bisect(stored, fold_key(added), key=fold_key)
    events = [*stored[:position], added, *stored[position:]]
    after = begin_fold(events)
    if after is None:
        return Routing("held", events=events, retention=HELD_RETENTION)
    effects: list[Effect] = []
    decisions: list[RenderedDecision] = []
    for index, one in enumerate(events):
        effect = after.apply(one)
        effects.append(effect)
        if is_trigger(effect):
            if index >= position:
                too_many_events = len(events) > MAX_EVENTS
                decision = decide(one, effect, after.fields, after.decision, ruleset, too_many_events=too_many_events)
                events[index], routed = _note_decision(event.complaint_id, decision, ruleset, recorded_at)
                decisions += routed
            after.place(events[index])
    left_queue, item = _compare_entries(event.complaint_id, before, after, recorded_at)
    return Routing(effects[position], tuple(decisions), left_queue, item, events, RETENTION[after.status])


def _has_room_for(event: StoredEvent, before: QueueState | None) -> bool:
    """Whether a full row takes one more: the reception waited for, what ends it, and one way into triage."""
    if before is None:
        return event.kind is EventKind.RECEIVED
    if before.entry is None or before.decision is None:
        return False
    is_routed_again = event.kind in (EventKind.RECLASSIFIED, EventKind.ESCALATED)
    return event.kind in LEAVES or (is_routed_again and before.decision.reason != "too_many_events")


def _note_decision(
    complaint_id: str, decision: Decision, ruleset: Ruleset, recorded_at: datetime
) -> tuple[StoredEvent, tuple[RenderedDecision, ...]]:
    """The cause with its decision, and the event to publish, unless the same was decided for this cause before."""
    cause = decision.cause
    routed = render_decision(complaint_id, decision, ruleset, recorded_at)
    if cause.decision is not None:
        if cut_id_end(routed.event.event_id) == cause.decision.id_end:
            return cause, ()
        decision = decision._replace(revision=decision.revision + 1)
        routed = render_decision(complaint_id, decision, ruleset, recorded_at)
    return StoredEvent(*cause[:-1], make_stored_decision(decision, routed)), (routed,)


def _compare_entries(
    complaint_id: str, before: QueueState | None, after: QueueState, recorded_at: datetime
) -> tuple[str | None, RenderedItem | None]:
    """The queue that the complaint left, and its item as it stands now, each only if that has changed."""
    was, now = None if before is None else before.entry, after.entry
    if before is not None and now == was and (now is None or after.cause.event_id == before.cause.event_id):
        return None, None
    left_queue = was.queue if was is not None and (now is None or now.queue != was.queue) else None
    return left_queue, None if now is None else render_item(complaint_id, after.cause, now, recorded_at)
