"""The closed sets of names: where a complaint stands, and what an event did in its place in the history."""

from __future__ import annotations

from typing import Literal, get_args

Status = Literal["open", "resolved", "ended"]
"""Ended is closed or withdrawn; a reopening opens either again."""

Effect = Literal[
    "received",
    "reclassified",
    "reopened",
    "escalated",
    "assigned",
    "handed_over",
    "released",
    "paused",
    "resumed",
    "resolved",
    "closed",
    "withdrawn",
    "routed",
    "noted",
    "already_received",
    "already_assigned",
    "replaces_another",
    "not_assigned",
    "releases_another",
    "not_paused",
    "already_open",
    "not_open",
    "not_asked",
    "held",
    "forgotten",
]
"""What an event did in its place. From ``already_received`` on it did nothing, and the name says why.

``noted`` is an event that changes nothing here, such as a reply; ``not_asked`` a routing decision whose cause asks for
none any more. An event is ``held`` before the complaint was received, ``forgotten`` too long after its end.
"""

REMARKS: frozenset[str] = frozenset(get_args(Effect)[get_args(Effect).index("already_received") :])
"""The effects that are none."""

TRIGGERS: frozenset[str] = frozenset(("received", "reclassified", "reopened", "escalated"))
"""The effects that ask for a routing decision."""
