"""What certainly was accepted in a run, and what was sent to be refused: the checker's first input."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES


@dataclass
class Sent:
    """``accepted`` are event ids by topic: intake's 202s, the brokers' acknowledgements. ``poison`` is bytes.

    ``pauses`` is how often a partition was given too much of it.
    """

    accepted: dict[str, set[str]] = field(
        default_factory=lambda: {COMPLAINT_EVENTS.name: set(), SURVEY_RESPONSES.name: set()}
    )
    poison: set[bytes] = field(default_factory=set)
    pauses: int = 0
