"""From a seed to the lines of a POST /v1/bulk: complaints and their lifecycle events, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from redress.simulate.arrivals import draw_arrivals
from redress.simulate.complaints import FrontEnd
from redress.simulate.journey import simulate_journey

Line = dict[str, Any]


def simulate_contact_centre(complaints: int, seed: int, days: int, start: datetime) -> Iterator[Line]:
    """Yield the lines in order; only the events still to come are in memory.

    ``start`` is a local midnight: peaks are by its hours. The same arguments give the same lines.
    """
    chance = Random(seed)  # noqa: S311  (a simulation has to be repeatable, not secret)
    front = FrontEnd(f"S{seed}", chance)
    order = count()
    coming: list[tuple[datetime, int, Line]] = []
    for at in draw_arrivals(complaints, start, days, chance):
        while coming and coming[0][0] <= at:
            yield heappop(coming)[2]
        complaint = front.make_complaint(at)
        yield {"complaint": complaint, "idempotency_key": complaint["external_ref"]}
        for line_at, line in _make_lines(complaint, at, chance):
            heappush(coming, (line_at, next(order), line))
    while coming:
        yield heappop(coming)[2]


def _make_lines(complaint: Line, received_at: datetime, chance: Random) -> Iterator[tuple[datetime, Line]]:
    channel, reference = complaint["channel"], complaint["external_ref"]
    for number, (at, event) in enumerate(simulate_journey(received_at, chance), start=1):
        yield (
            at,
            {
                "event": {**event, "occurred_at": at.isoformat(), "source_sequence": number},
                "channel": channel,
                "external_ref": reference,
                "idempotency_key": f"{reference}-{number}",
            },
        )
