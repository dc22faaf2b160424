"""Stored events on stdin, a line of hex for each complaint; what the fold makes of them on stdout.

Arguments are places in the lifecycle at which types come to stand that this version does not know. A process of its
own, because the order of types is read once.
"""

from __future__ import annotations

import sys
from typing import Any

from schemas.events import LIFECYCLE_RANK


def insert_types(places: list[int]) -> None:
    types = list(LIFECYCLE_RANK)
    for place in places:
        types.insert(place, f"something_new_{place}")
    LIFECYCLE_RANK.clear()
    LIFECYCLE_RANK.update({name: rank for rank, name in enumerate(types)})


def fold(events: bytes) -> list[Any]:
    from services.lifecycle.event_bytes import decode_events
    from services.lifecycle.fold import fold_known

    known = fold_known(decode_events(events))
    assert known is not None
    pauses = [(pause.since, pause.ended, pause.event.event_id) for pause in known.history.pauses]
    return [*((step.event.event_id, step.at, step.effect) for step in known.steps), pauses, known.history.agent]


if __name__ == "__main__":
    insert_types([int(place) for place in sys.argv[1:]])
    for line in sys.stdin:
        sys.stdout.write(f"{fold(bytes.fromhex(line))}\n")
