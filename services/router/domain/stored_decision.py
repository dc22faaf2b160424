"""What a row keeps of a routing decision, under the event that asked for it."""

from __future__ import annotations

from typing import NamedTuple

from services.router.domain.reasons import Reason


class StoredDecision(NamedTuple):
    """``revision`` counts the decisions that the event has led to, ``id_end`` is the end of the last one's id."""

    queue: str
    priority: int
    skills: str
    reason: Reason
    hop: int
    revision: int
    id_end: bytes
