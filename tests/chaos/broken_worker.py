"""A router whose runtime is broken on purpose: how, and what happens to it at the worst moment, on its command line.

The worst moment is the first at which decisions are to be sent: the process kills itself there (``SIGKILL``) or stands
(``SIGSTOP``), once for all processes that share a ``marker`` file; or nothing happens (``never``).
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

from schemas.topics import COMPLAINTS_ROUTED
from services.runtime.kafka import Kafka
from services.runtime.outbox import KafkaOutbox
from services.runtime.turn import StagePartition

flush = KafkaOutbox.flush
take_rows = StagePartition.take_rows
transactional_producer = Kafka.transactional_producer


def interrupt(moment: str, marker: Path) -> None:
    """Have the worst moment come."""

    def come(outbox: KafkaOutbox) -> bool:
        return any(topic == COMPLAINTS_ROUTED.name for topic, _ in outbox._open) and not marker.exists()

    async def interrupted(outbox: KafkaOutbox) -> None:
        if come(outbox):
            marker.touch()  # noqa: ASYNC240 - before the process stands
            os.kill(os.getpid(), signal.Signals[moment])
        await flush(outbox)

    KafkaOutbox.flush = interrupted


def commit_first() -> None:
    """Offsets are committed in one transaction; what was made of the records is sent in the next."""
    late: dict[Any, KafkaOutbox] = {}
    send = KafkaOutbox.flush

    async def next_time(outbox: KafkaOutbox) -> None:
        before = late.get(outbox._producer)
        late[outbox._producer] = outbox
        if before is not None:
            await send(before)

    KafkaOutbox.flush = next_time


def no_changelog() -> None:
    """Rows live in memory alone."""

    def forgotten(stage: StagePartition) -> dict[bytes, bytes | None]:
        take_rows(stage)
        return {}

    StagePartition.take_rows = forgotten


def no_fence() -> None:
    """Every process has transactional ids of its own, so none ends another's transactions."""

    async def own(kafka: Kafka, transactional_id: str) -> Any:
        return await transactional_producer(kafka, f"{transactional_id}-{os.getpid()}")

    Kafka.transactional_producer = own


def nothing() -> None:
    """The runtime as it is."""


BREAK = {"commit-first": commit_first, "no-changelog": no_changelog, "no-fence": no_fence, "nothing": nothing}

if __name__ == "__main__":
    breakage, worst_moment, file = sys.argv[1:]
    if worst_moment != "never":
        interrupt(worst_moment, Path(file))
    BREAK[breakage]()
    runpy.run_module("services.router", run_name="__main__")
