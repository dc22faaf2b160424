"""From one event, or a due instant, and a complaint's row to what follows: decisions, its item in a queue, its row."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from schemas.events import LifecycleEvent
from services.lifecycle.contents import ComplaintFields
from services.lifecycle.event_bytes import encode_event
from services.lifecycle.event_kinds import CHANGES
from services.lifecycle.event_log import EventLog
from services.lifecycle.fold import fold
from services.lifecycle.fold_order import sort_events
from services.lifecycle.history import History
from services.lifecycle.retention import find_drop
from services.lifecycle.stored_event import StoredEvent, make_stored_event
from services.router.domain.decisions import Decision, Moment
from services.router.domain.outputs import (
    RenderedDecision,
    RenderedItem,
    make_stored_decision,
    render_decision,
    render_item,
)
from services.router.domain.queue_entry import make_queue_entry
from services.router.domain.queue_rules import Ruleset
from services.router.domain.reasons import Remark
from services.router.domain.rerouting import Rerouting, find_overflow_start, find_row_triage, is_in_triage, reroute
from services.router.domain.rows import Row, append_event, decode_row, encode_row, peek_row


class Routing(NamedTuple):
    """What follows. ``remark`` names what the event did, or why it did nothing.

    ``row`` is what stands afterwards, None for none; ``due`` when to look again, in microseconds since 1970, 0 for
    never. ``left_queue`` is the queue whose item goes; ``item`` the one that stands now, if it changed.
    """

    remark: Remark
    row: bytes | None
    due: int = 0
    decisions: Sequence[RenderedDecision] = ()
    left_queue: str | None = None
    item: RenderedItem | None = None


def route(event: LifecycleEvent, body: bytes | None, ruleset: Ruleset, moment: Moment) -> Routing:
    """What follows from ``event`` for the complaint whose row has ``body``, or which has none."""
    stored = make_stored_event(event)
    if body is None:
        if isinstance(stored.contents, ComplaintFields):
            return route_first_reception(event.complaint_id, stored, stored.contents, ruleset, moment)
        return route_in_history(event.complaint_id, stored, Row(EventLog(), {}), ruleset, moment)
    if stored.kind not in CHANGES and stored.event_id not in body:
        received, due, is_full = peek_row(body)
        if received and not is_full:
            return Routing("noted", append_event(body, encode_event(stored), moment.now), due)
    routing = route_in_history(event.complaint_id, stored, row := decode_row(body), ruleset, moment)
    return routing if row.is_changed else routing._replace(row=body)


def route_first_reception(
    complaint_id: str, received: StoredEvent, fields: ComplaintFields, ruleset: Ruleset, moment: Moment
) -> Routing:
    """The result of ``route_in_history`` for a complaint's first event, at half its cost: the commonest case."""
    at = received.occurred
    decision = Decision(received, at, "received", fields, ruleset.evaluate(fields), hop=0, revision=0)
    routed = render_decision(complaint_id, decision, ruleset, moment.recorded)
    made = make_stored_decision(decision, routed)
    history = History(received)
    history.place(made.queue, at)
    item = render_item(complaint_id, received, at, make_queue_entry(made, fields, history), moment.recorded)
    log = EventLog(encode_event(received), 1, moment.now)
    row = Row(log, {received.event_id: made}, received=True)
    return Routing("received", encode_row(row), 0, (routed,), None, item)


def route_in_history(complaint_id: str, stored: StoredEvent, row: Row, ruleset: Ruleset, moment: Moment) -> Routing:
    """What follows from ``stored`` in its place among the events of ``row``.

    Decisions before the event in fold order stand as they were made. The event's own and those after it are made with
    ``ruleset`` as it is now, and published where they are new or say something else than before.
    """
    log = row.log
    # What changes nothing in a history is not folded, unless it is the event itself.
    kinds = CHANGES if stored.kind in CHANGES else None
    known = sort_events(log.decode(kinds))
    before = log.events, log.overflowed
    added = log.add(stored)
    if (log.events, log.overflowed) == before:
        return Routing("duplicate" if added == "duplicate" else "too_many_events", None, row.due)
    row.is_changed = True
    if added == "new" and not log.overflowed:
        position = bisect(known, stored)
        events = [*known[:position], stored, *known[position:]]
    else:
        events = sort_events(log.decode(kinds))
        position = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(known, events, strict=False))))
    if log.overflowed:
        position = min(position, find_overflow_start(events, row))
    row.received = row.received or not stored.later
    if not row.received:
        log.wait(stored.occurred, moment.now)
    result = reroute(complaint_id, row, known, events, position, ruleset, moment)
    remark: Remark = "too_many_events"
    if added != "too_many_events":
        remark = result.effects[events.index(stored) - position]
    if row.received and remark != "forgotten":
        log.touched = moment.now
    return _settle(remark, row, result.history, moment, result)


def route_due(complaint_id: str, body: bytes, ruleset: Ruleset, moment: Moment) -> Routing:
    """The time has come to look at the row ``body``: work on an unknown complaint goes to triage, or the row goes."""
    row = decode_row(body)
    events = sort_events(row.log.decode(CHANGES))
    history, _ = fold(events)
    if history is None or not _waits_for_triage(history, row):
        return _settle("expired" if history is None else "noted", row, history, moment)
    result = reroute(complaint_id, row, events, events, events.index(history.opened), ruleset, moment)
    return _settle("noted", row, result.history, moment, result)


def _settle(
    remark: Remark, row: Row, history: History | None, moment: Moment, result: Rerouting | None = None
) -> Routing:
    """What is to be published, and the row with when to look at it again, or none where it is not needed any more."""
    outputs = () if result is None else (result.decisions, result.left_queue, result.item)
    if history is not None and _waits_for_triage(history, row):
        row.due = find_row_triage(history, row)
    else:
        row.due = find_drop(history, row.log.touched) or 0
        if 0 < row.due <= moment.now:
            return Routing(remark, None, 0, *outputs)
    return Routing(remark, encode_row(row), row.due, *outputs)


def _waits_for_triage(history: History, row: Row) -> bool:
    return not history.known and history.status == "open" and not is_in_triage(history, row.decisions)
