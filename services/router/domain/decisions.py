"""From a complaint's fields and a ruleset to the decision that a trigger asks for."""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import Trigger
from services.router.domain.hop_limit import count_hops, limit_hops
from services.router.domain.match_fields import MatchFields
from services.router.domain.ruleset import RuleResult, Ruleset
from services.router.domain.stored_event import StoredDecision, StoredEvent


class Decision(NamedTuple):
    """Where a complaint goes, because of ``cause``. ``revision`` counts what was decided for it before."""

    cause: StoredEvent
    trigger: Trigger
    fields: MatchFields
    result: RuleResult
    hop: int
    revision: int


def decide(
    cause: StoredEvent,
    trigger: Trigger,
    fields: MatchFields,
    previous: StoredDecision | None,
    ruleset: Ruleset,
    *,
    too_many_events: bool,
) -> Decision:
    """What the rules say of the fields, or triage: after too many moves, or with too many events.

    ``previous`` is the decision in force before the cause, by which a move is seen.
    """
    if too_many_events:
        result = ruleset.too_many_events
        hop = count_hops(result, previous)
    else:
        result, hop = limit_hops(ruleset.evaluate(fields), previous, ruleset)
    revision = 0 if cause.decision is None else cause.decision.revision
    return Decision(cause, trigger, fields, result, hop, revision)
