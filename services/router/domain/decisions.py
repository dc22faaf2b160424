"""From where a complaint stands and a ruleset to the decision that a trigger asks for."""

from __future__ import annotations

from typing import NamedTuple

from schemas.derived import Trigger
from services.router.domain.claims import Claims
from services.router.domain.journey import Entry, Journey
from services.router.domain.ruleset import Outcome, Ruleset


class Decision(NamedTuple):
    """Where a complaint goes, because of ``cause``. ``revision`` counts what was decided for it before."""

    cause: Entry
    trigger: Trigger
    claims: Claims
    outcome: Outcome
    hop: int
    revision: int


def decide(journey: Journey, cause: Entry, trigger: Trigger, ruleset: Ruleset, *, crowded: bool) -> Decision:
    """What the rules say of the claims, or triage: after too many moves, or (``crowded``) too many events."""
    claims, previous = journey.claims, journey.placement
    outcome = ruleset.too_many_events if crowded else ruleset.decide(claims)
    hop = 0
    if previous is not None:
        hop = previous.hop + (outcome.queue != previous.queue)
        if hop > ruleset.hop_limit and not crowded:
            outcome = ruleset.ping_pong
            hop = previous.hop + (outcome.queue != previous.queue)
    revision = 0 if cause.placement is None else cause.placement.revision
    return Decision(cause, trigger, claims, outcome, hop, revision)
