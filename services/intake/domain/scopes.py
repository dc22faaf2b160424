"""What an API key may allow: the closed list of scopes."""

from __future__ import annotations

from typing import Literal

Scope = Literal["complaints", "events", "survey-answers", "bulk", "back-office", "classify", "agent-status"]

SCOPES: dict[Scope, str] = {
    "complaints": "send complaints",
    "events": "tell what happened to a complaint of the key's own owner, by channel and reference",
    "survey-answers": "send what a customer answered to a survey",
    "bulk": "send many lines in one request, each of which needs its own scope too",
    "back-office": "tell what happened to any complaint, by its id",
    "classify": "tell what an outside classifier says of any complaint (complaint_classified)",
    "agent-status": "tell which agents are available",
}
"""What each scope allows. What no scope of a key allows is refused."""

OF_A_FRONT_END: tuple[Scope, ...] = ("complaints", "events", "survey-answers", "bulk")
"""The scopes that reach no complaint of another owner: what a new key has where none are named."""
