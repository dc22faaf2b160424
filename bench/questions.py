"""A seed in; questions to a calendar out, as the lines of JSON that ``redress sla due`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from bench.workload import SEED

TARGETS = ("90s", "15m", "4h", "40h", "3bd", "15d", "30cd")
OFFSETS = (timezone(timedelta(hours=8)), UTC, timezone(timedelta(hours=-5)))
FROM, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
LONGEST = timedelta(days=400)


def questions(count: int) -> Iterator[bytes]:
    """By turns when each of TARGETS is due and how much was worked until an instant up to LONGEST later or earlier.

    They start at any second of three years, written at one of three offsets from UTC.
    """
    random = Random(SEED)
    for number in range(count):
        start = (FROM + timedelta(seconds=random.randrange(int((UNTIL - FROM).total_seconds())))).astimezone(
            random.choice(OFFSETS)
        )
        if number % 2:
            end = start + random.uniform(-1, 1) * LONGEST
            question = {"start": start.isoformat(), "end": end.isoformat()}
        else:
            question = {"start": start.isoformat(), "target": random.choice(TARGETS)}
        yield json.dumps(question).encode() + b"\n"
