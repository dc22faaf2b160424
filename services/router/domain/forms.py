"""From what many decisions, or entries in queues, share to the form of their JSON, made once and then filled in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from schemas.derived import ComplaintRouted, QueueItem, Trigger
from schemas.rendering import Form
from services.router.domain.queue_rules import RuleResult, Ruleset, parse_skills
from services.worktime.instants import instant

FORMS = 4_096
"""Forms that are kept: many more than there are kinds of complaints in an hour; 4 KiB each."""

OWN: dict[str, Any] = {
    "event_id": "00000000-0000-4000-8000-000000000000",
    "occurred_at": instant(0),
    "recorded_at": instant(0),
    "cause_event_id": "00000000-0000-4000-8000-000000000000",
    "complaint_id": "00000000-0000-4000-8000-000000000000",
}
"""Examples of what no two events of a form share."""


@lru_cache(maxsize=FORMS)
def make_decision_form(
    ruleset: Ruleset,
    result: RuleResult,
    skills: str,
    category: str | None,
    severity: str | None,
    language: str | None,
    flags: tuple[str, ...],
    hop: int,
    trigger: Trigger,
    revision: int,
) -> Form:
    """The form of ComplaintRouted; OWN is to be filled in."""
    shared = {
        "queue": result.queue,
        "priority": result.priority,
        "skills": parse_skills(skills),
        "category": category,
        "severity": severity,
        "flags": flags,
        "language": language,
        "rule": result.rule,
        "reason": result.reason,
        "ruleset_version": ruleset.version,
        "ruleset_hash": ruleset.content_hash,
        "hop": hop,
        "revision": revision,
        "trigger": trigger,
        "queue_without_breach": result.queue,
        "priority_without_breach": result.priority,
    }
    return Form(ComplaintRouted, shared, OWN)


@lru_cache(maxsize=FORMS)
def make_item_form(
    queue: str,
    priority: int,
    skills: str,
    category: str | None,
    severity: str | None,
    channel: str | None,
    language: str | None,
    *,
    is_assigned: bool,
) -> Form:
    """The form of QueueItem; OWN is to be filled in, then ``entered_at``, ``waiting_since`` and, if any, the agent."""
    shared = {
        "queue": queue,
        "priority": priority,
        "skills": parse_skills(skills),
        "category": category,
        "severity": severity,
        "channel": channel,
        "language": language,
        "state": "assigned" if is_assigned else "waiting",
    }
    own = {**OWN, "entered_at": instant(0), "waiting_since": instant(0)}
    # A form for each agent would be made for few items.
    (own if is_assigned else shared)["agent_id"] = "agent" if is_assigned else None
    return Form(QueueItem, shared, own)
