"""A complaint's events before and after a change in; the decisions to publish and its item in a queue out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from schemas.derived import Trigger
from services.lifecycle.effects import TRIGGERS, Effect
from services.lifecycle.fold import advance
from services.lifecycle.history import History
from services.lifecycle.retention import find_triage
from services.lifecycle.stored_event import StoredEvent
from services.router.domain.decision_ids import cut_id_end
from services.router.domain.decisions import Decision, Moment, decide
from services.router.domain.outputs import (
    RenderedDecision,
    RenderedItem,
    make_stored_decision,
    render_decision,
    render_item,
)
from services.router.domain.queue_entry import QueueEntry
from services.router.domain.queue_rules import Ruleset
from services.router.domain.queue_state import QueueState
from services.router.domain.rows import Row
from services.router.domain.stored_decision import StoredDecision


class Rerouting(NamedTuple):
    """What the events from the changed one on did, what is to be published, and the history that stands at last."""

    effects: list[Effect]
    decisions: list[RenderedDecision]
    left_queue: str | None
    item: RenderedItem | None
    history: History | None


def reroute(
    complaint_id: str,
    row: Row,
    known: list[StoredEvent],
    events: list[StoredEvent],
    position: int,
    ruleset: Ruleset,
    moment: Moment,
) -> Rerouting:
    """Decide anew from ``position`` on, where ``known`` and ``events`` begin to differ; ``row`` has the decisions."""
    # What lies before is folded once, for the state without the change and the state with it.
    after = QueueState()
    _fold(after, known[:position], row.decisions)
    if position < len(known):
        before = after.copy()
        _fold(before, known[position:], row.decisions)
        was, cause = before.entry, before.cause
    else:
        was, cause = after.entry, after.cause
    too_many_events = find_last_trigger(events) if row.log.overflowed else -1
    effects: list[Effect] = []
    decisions: list[RenderedDecision] = []
    for index, event in enumerate(events[position:], position):
        effect = after.apply(event)
        effects.append(effect)
        if effect not in TRIGGERS or not _is_decided(event, after.history, row, moment):
            continue
        trigger, at = cast("Trigger", effect), after.at(event)
        decision = decide(event, at, trigger, after, ruleset, too_many_events=index == too_many_events)
        made, routed = _note(complaint_id, decision, row.decisions.get(event.event_id), ruleset, moment)
        row.keep_decision(event.event_id, made)
        decisions += routed
        after.place(event, made)
    left_queue, item = _compare_entries(complaint_id, was, cause, after, moment)
    return Rerouting(effects, decisions, left_queue, item, after.history)


def is_in_triage(history: History, decisions: dict[bytes, StoredDecision]) -> bool:
    """Whether an unknown complaint was sent to triage: its first event may have led elsewhere while it was known."""
    made = decisions.get(history.opened.event_id)
    return made is not None and made.reason == "unknown_complaint"


def find_row_triage(history: History, row: Row) -> int:
    """When work on an unknown complaint goes to triage. One that was received before waits for no reception."""
    return find_triage(history, 0 if row.received else row.log.touched)


def find_last_trigger(events: Sequence[StoredEvent]) -> int:
    """Where the last event stands that asks for a decision: the one that sends a complaint with too many to triage."""
    history: History | None = None
    last = 0
    for index, event in enumerate(events):
        history, effect = advance(history, event)
        if effect in TRIGGERS:
            last = index
    return last


def find_overflow_start(events: Sequence[StoredEvent], row: Row) -> int:
    """From where on to decide anew once there are too many events: an earlier one may have led to triage before."""
    led_to_triage = [
        index
        for index, event in enumerate(events)
        if (made := row.decisions.get(event.event_id)) is not None and made.reason == "too_many_events"
    ]
    return min([*led_to_triage, find_last_trigger(events)])


def _fold(state: QueueState, events: Sequence[StoredEvent], decisions: dict[bytes, StoredDecision]) -> None:
    """Apply events in fold order, each with the decision that was made for it."""
    for event in events:
        if state.apply(event) not in TRIGGERS or state.history is None:
            continue
        made = decisions.get(event.event_id)
        if made is not None and (state.history.known or is_in_triage(state.history, decisions)):
            state.place(event, made)


def _is_decided(event: StoredEvent, history: History | None, row: Row, moment: Moment) -> bool:
    """Whether the complaint is routed: one that nobody received only once its reception has not come for long."""
    if history is None:
        return False
    if history.known or is_in_triage(history, row.decisions):
        return True
    return event == history.opened and find_row_triage(history, row) <= moment.now


def _note(
    complaint_id: str, decision: Decision, made: StoredDecision | None, ruleset: Ruleset, moment: Moment
) -> tuple[StoredDecision, tuple[RenderedDecision, ...]]:
    """What to keep of the decision, and the event to publish, unless the same was ``made`` for this cause before."""
    if made is not None:
        same = render_decision(complaint_id, decision._replace(revision=made.revision), ruleset, moment.recorded)
        if cut_id_end(same.event.event_id) == made.id_end:
            return made, ()
        decision = decision._replace(revision=made.revision + 1)
    routed = render_decision(complaint_id, decision, ruleset, moment.recorded)
    return make_stored_decision(decision, routed), (routed,)


def _compare_entries(
    complaint_id: str, was: QueueEntry | None, cause: StoredEvent | None, after: QueueState, moment: Moment
) -> tuple[str | None, RenderedItem | None]:
    """The queue that the complaint left, and its item as it stands now, each only if that has changed."""
    now = after.entry
    if now == was and (now is None or after.cause == cause):
        return None, None
    left_queue = was.queue if was is not None and (now is None or now.queue != was.queue) else None
    if now is None or after.cause is None:
        return left_queue, None
    return left_queue, render_item(complaint_id, after.cause, after.at(after.cause), now, moment.recorded)
