"""A router whose runtime is broken on purpose: how, and what happens to it at the worst moment, on its command line.

The worst moment is the first at which decisions are to be sent (``outputs``), or at which they and their offsets were
sent and are to be committed (``commit``): the process kills itself there (``SIGKILL``) or stands (``SIGSTOP``), once
for all processes that share a ``marker`` file. Or nothing happens (``never``).
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiokafka

from schemas.topics import COMPLAINTS_ROUTED
from services.runtime import worker
from services.runtime.faust.committed_offsets import CommittedOffsets
from services.runtime.kafka import Kafka
from services.runtime.outbox import KafkaOutbox
from services.runtime.stage_partition import StagePartition

flush = KafkaOutbox.flush
take_rows = StagePartition.take_rows
commit_transaction = aiokafka.AIOKafkaProducer.commit_transaction
fetch = CommittedOffsets.fetch


def interrupt(moment: str, at: str, marker: Path) -> None:
    """Have the worst moment come."""

    def come() -> None:
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.Signals[moment])

    decided = False

    async def interrupted(outbox: KafkaOutbox) -> None:
        nonlocal decided
        decided = any(topic == COMPLAINTS_ROUTED.name for topic, _ in outbox._open)
        if decided and at == "outputs":
            come()
        await flush(outbox)

    async def interrupted_commit(producer: aiokafka.AIOKafkaProducer) -> None:
        if decided and at == "commit":
            come()
        await commit_transaction(producer)

    KafkaOutbox.flush = interrupted
    aiokafka.AIOKafkaProducer.commit_transaction = interrupted_commit


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


def old_generation() -> None:
    """Offsets are committed for nobody in particular, as aiokafka does: no coordinator refuses who was left behind."""
    worker.check_generation = lambda producer, membership: None


def impatient() -> None:
    """Offsets and rows are taken for what they are while a transaction that may change them stands open.

    Both at once, since here to wait for one of them is enough.
    """

    async def fetch_at_once(offsets: CommittedOffsets, group: str, places: Any, *, stable: bool) -> Any:
        return await fetch(offsets, group, places, stable=False)

    async def last_stable_offsets(kafka: Kafka, places: Any) -> Any:
        return await kafka.end_offsets(places)

    CommittedOffsets.fetch = fetch_at_once
    Kafka.high_watermarks = last_stable_offsets


def nothing() -> None:
    """The runtime as it is."""


BREAK: dict[str, Callable[[], None]] = {
    "commit-first": commit_first,
    "no-changelog": no_changelog,
    "old-generation": old_generation,
    "impatient": impatient,
    "nothing": nothing,
}

if __name__ == "__main__":
    breakage, worst_moment, at, file = sys.argv[1:]
    if worst_moment != "never":
        interrupt(worst_moment, at, Path(file))
    BREAK[breakage]()
    runpy.run_module("services.router", run_name="__main__")
