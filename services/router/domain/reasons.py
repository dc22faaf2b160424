"""The closed sets of names: why a complaint stands where it does, and what an event did."""

from __future__ import annotations

from typing import Literal, TypeGuard

from schemas.derived import Trigger

Reason = Literal["rule_matched", "no_rule_matched", "ping_pong", "too_many_events"]
"""Why a complaint goes to a queue; a metric's label."""

Effect = Literal[
    "received",
    "reclassified",
    "reopened",
    "escalated",
    "assigned",
    "resolved",
    "ended",
    "already_received",
    "already_assigned",
    "already_open",
    "not_open",
]
"""What an event did in its place in the fold: a trigger of routing, a change, or why it changed nothing."""

TRIGGERS: frozenset[str] = frozenset(("received", "reclassified", "reopened", "escalated"))

Remark = Effect | Literal["held", "duplicate", "too_many_events"]
"""What an event did, or why it was not folded at all."""


def is_trigger(effect: Effect) -> TypeGuard[Trigger]:
    """Whether the effect asks for a decision."""
    return effect in TRIGGERS
