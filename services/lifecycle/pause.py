"""Time in which a complaint waits for somebody else."""

from __future__ import annotations

from typing import NamedTuple

from services.lifecycle.stored_event import StoredEvent


class Pause(NamedTuple):
    """From ``since`` to ``ended``, in microseconds since 1970, with the event it began with.

    ``ended`` of a pause that goes on is when it ends by itself, or None.
    """

    since: int
    ended: int | None
    event: StoredEvent
