"""What routing counts, beside what every worker measures."""

from __future__ import annotations

from prometheus_client import Counter

DECISIONS = Counter(
    "redress_router_decisions_total",
    "Routing decisions, by the queue decided on and why: ping_pong and too_many_events lead to triage",
    ["queue", "reason"],
)
UNROUTED = Counter(
    "redress_router_unrouted_events_total",
    "Events that led to no decision and no change, by why: duplicates, later claims, events held or expired",
    ["reason"],
)
