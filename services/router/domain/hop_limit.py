"""The result of the rules and the decision before in; triage past the limit of hops (ping-pong) out."""

from __future__ import annotations

from services.router.domain.queue_rules import RuleResult, Ruleset
from services.router.domain.stored_decision import StoredDecision


def limit_hops(result: RuleResult, previous: StoredDecision | None, ruleset: Ruleset) -> tuple[RuleResult, int]:
    """The result that stands, and the complaint's hops with it."""
    hop = count_hops(result, previous)
    if hop > ruleset.hop_limit:
        return ruleset.ping_pong, count_hops(ruleset.ping_pong, previous)
    return result, hop


def count_hops(result: RuleResult, previous: StoredDecision | None) -> int:
    """How often the complaint has moved to another queue."""
    return 0 if previous is None else previous.hop + (result.queue != previous.queue)
