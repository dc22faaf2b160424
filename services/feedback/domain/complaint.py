"""A complaint as the complaint stage stores it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.feedback.domain.answers import StoredAnswer
from services.feedback.domain.window import CountedAnswer
from services.lifecycle.event_log import EventLog


@dataclass(slots=True)
class Complaint:
    """A complaint as stored: its events, and the answers about it.

    ``decided`` are the cycles whose survey was decided on; ``counted`` is where its answers count in the windows;
    ``due`` when to look at it again, None for never. ``received``: its reception is among the events.
    """

    complaint_id: str
    log: EventLog = field(default_factory=EventLog)
    answers: tuple[StoredAnswer, ...] = ()
    decided: tuple[str, ...] = ()
    counted: tuple[CountedAnswer, ...] = ()
    due: datetime | None = None
    received: bool = False
