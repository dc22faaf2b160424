"""A complaint as the complaint stage stores it, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.feedback.domain.stored_event import StoredEvent
from services.feedback.domain.window import CountedAnswer

KEPT_WHEN_OVER = timedelta(days=30)
"""How long a closed or withdrawn complaint is remembered, and how long answers to an unknown one are held."""
KEPT_WHEN_OPEN = timedelta(days=365)
"""How long any other complaint is remembered when nothing happens to it any more."""
MAX_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as stored.

    ``touched_at`` is the latest instant seen with it; ``decided`` are the cycles whose survey was decided on;
    ``counted`` is where its answers count in the windows.
    """

    complaint_id: str
    touched_at: datetime
    events: tuple[StoredEvent, ...] = ()
    decided: tuple[str, ...] = ()
    counted: tuple[CountedAnswer, ...] = ()
