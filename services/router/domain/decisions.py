"""From a complaint's fields and a ruleset to the decision that a trigger asks for."""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import Trigger
from services.lifecycle.contents import ComplaintFields
from services.lifecycle.stored_event import StoredEvent
from services.router.domain.hop_limit import count_hops, limit_hops
from services.router.domain.queue_rules import RuleResult, Ruleset
from services.router.domain.queue_state import QueueState


class Moment(NamedTuple):
    """``now`` is the partition's time, ``recorded`` the wall clock, in microseconds since 1970."""

    now: int
    recorded: int


class Decision(NamedTuple):
    """Where a complaint goes, because of ``cause``, as of the instant ``at`` in microseconds since 1970.

    ``revision`` counts what was decided for the cause before.
    """

    cause: StoredEvent
    at: int
    trigger: Trigger
    fields: ComplaintFields
    result: RuleResult
    hop: int
    revision: int


def decide(
    cause: StoredEvent, at: int, trigger: Trigger, state: QueueState, ruleset: Ruleset, *, too_many_events: bool
) -> Decision:
    """What the rules say of the complaint as it stands; triage if it is unknown, or moved or told of too often."""
    fields, previous = state.fields, state.decision
    if state.history is None or not state.history.known:
        result = ruleset.unknown_complaint
        hop = count_hops(result, previous)
    elif too_many_events:
        result = ruleset.too_many_events
        hop = count_hops(result, previous)
    else:
        result, hop = limit_hops(ruleset.evaluate(fields), previous, ruleset)
    return Decision(cause, at, trigger, fields, result, hop, 0)
