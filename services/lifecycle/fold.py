"""A complaint's events in fold order in; what each did, and what stands after them, out.

A history begins with the reception. Where something happens too long after a complaint's end, or nobody ever received
it, work that a customer or an agent asks for begins a history of an unknown complaint.
"""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.effects import Effect, Status
from services.lifecycle.event_kinds import OPENS_WORK, RECEIVED, REOPENED
from services.lifecycle.fold_order import sort_events
from services.lifecycle.history import History
from services.lifecycle.retention import is_forgotten
from services.lifecycle.stored_event import StoredEvent


class Step(NamedTuple):
    """One event, the instant as of which it counts, and what it did; status and agent after it."""

    event: StoredEvent
    at: int
    effect: Effect
    status: Status
    agent: str | None


def advance(history: History | None, event: StoredEvent) -> tuple[History | None, Effect]:
    """The history after the next event in fold order; another one where the event begins one."""
    if history is None:
        if event.kind == RECEIVED:
            history = History(event)
            return history, history.apply(event, event.occurred)
        return _begin_unknown(event) if event.kind in OPENS_WORK else (None, "held")
    at = history.at(event)
    if history.status != "open" and is_forgotten(history, at):
        return _begin_unknown(event) if event.kind in OPENS_WORK else (history, "forgotten")
    return history, history.apply(event, at)


class Known(NamedTuple):
    """A complaint that was received: its ``history`` up to what is forgotten, with its ``steps``.

    ``last`` is the history that stands at last: that one, or one of an unknown complaint that began after it.
    """

    history: History
    steps: list[Step]
    last: History


def fold_known(events: list[StoredEvent]) -> Known | None:
    """The fold of a complaint that was received; None while nobody received it."""
    ordered = sort_events(events)
    if not ordered or ordered[0].kind != RECEIVED:
        return None
    history = History(ordered[0])
    steps: list[Step] = []
    # Step(...) takes twice the time, and a tick makes thousands.
    new = tuple.__new__
    for event in ordered:
        at = history.at(event)
        if history.status != "open" and is_forgotten(history, at):
            break
        effect = history.apply(event, at)
        steps.append(new(Step, (event, at, effect, history.status, history.agent)))
    last: History | None = history
    for event in ordered[len(steps) :]:
        last, _ = advance(last, event)
    return Known(history, steps, last or history)


def fold(events: list[StoredEvent]) -> tuple[History | None, list[Effect]]:
    """The history that stands at last, of a known complaint or of an unknown one, and what each event did in order."""
    history: History | None = None
    effects: list[Effect] = []
    for event in sort_events(events):
        history, effect = advance(history, event)
        effects.append(effect)
    return history, effects


def _begin_unknown(event: StoredEvent) -> tuple[History, Effect]:
    return History(event, known=False), "reopened" if event.kind == REOPENED else "received"
