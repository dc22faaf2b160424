"""Stored events on stdin, a line of hex for each complaint; what the fold makes of them on stdout.

Arguments are places in the lifecycle at which types come to stand that this version does not know. A process of its
own, because the order of types is read once.
"""

from __future__ import annotations

import sys
from typing import Any

from schemas.events import LIFECYCLE_RANK

NOW = 1 << 60


def insert_types(places: list[int]) -> None:
    types = list(LIFECYCLE_RANK)
    for place in places:
        types.insert(place, f"something_new_{place}")
    LIFECYCLE_RANK.clear()
    LIFECYCLE_RANK.update({name: rank for rank, name in enumerate(types)})


def fold(events: bytes) -> list[Any]:
    from services.sla_monitor.domain.alerts.assessment import assess
    from services.sla_monitor.domain.fold.complaint_fold import fold_complaint
    from services.sla_monitor.domain.rows.events import decode_events
    from tests.sla_monitor import stories

    resolution = stories.clock("8h", pause_on=["customer"], on_reopen="restart")
    book = stories.book({"clocks": {"resolution": resolution, "next_response": stories.clock("8h")}})
    complaint = fold_complaint(decode_events(events), book)
    assert complaint is not None
    standings = [assess(cycle, complaint, NOW).standing for cycle in complaint.cycles]
    of_cycles = [
        (one.cycle.cycle_id, [pause[:2] for pause in one.cycle.pauses], one.cycle.extensions, one.state, one.due)
        for one in standings
    ]
    flags = sorted(complaint.fields.flags)
    return [complaint.fields[:-1], flags, complaint.queues, complaint.attached, complaint.over, of_cycles]


if __name__ == "__main__":
    insert_types([int(place) for place in sys.argv[1:]])
    for line in sys.stdin:
        sys.stdout.write(f"{fold(bytes.fromhex(line))}\n")
