"""The closed sets of names: why a complaint stands where it does, and what an event did."""

from __future__ import annotations

from typing import Literal

from services.lifecycle.effects import Effect

Reason = Literal["rule_matched", "no_rule_matched", "ping_pong", "too_many_events", "unknown_complaint"]
"""Why a complaint goes to a queue; a metric's label."""

Remark = Effect | Literal["duplicate", "too_many_events", "expired"]
"""What an event did in its place in the fold, why it has none, or that the row of its complaint went."""
