"""A partition's rows as its last owner committed them: changelogs in, filled tables out, or a refusal to guess."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from services.runtime.fail_stop import refuse
from services.runtime.kafka import STANDSTILL_SECONDS, Kafka
from services.runtime.table import HEADER_SIZE, RUNTIME_PREFIX, Table

FenceAbsent = Callable[[], Awaitable[None]]
"""Ends what a worker that is gone has left open (takeover.py)."""

NO_FORMAT = 0
"""Of a row without a body: no release writes one."""
POLL_MS = 100
"""aiokafka does not return early when it fetched transaction markers only."""
POLLS_BEFORE_FENCING = 3
"""So many polls without progress say that a transaction is open."""


async def read_changelogs(kafka: Kafka, partition: int, tables: Mapping[str, Table], fence_absent: FenceAbsent) -> None:
    """Apply each changelog's partition to its table, up to its high watermark as it is now.

    Not up to its last stable offset: a transaction's markers reach partitions one after the other, so the offsets of a
    transaction may be there while its rows are still hidden. ``fence_absent`` is called while such rows are waited for.
    Raises KafkaError, and TimeoutError after two minutes in which no row came.
    """
    clock = asyncio.get_running_loop().time
    table_of = {kafka.topic_partition(name, partition): table for name, table in tables.items()}
    async with asyncio.timeout(STANDSTILL_SECONDS) as standstill, kafka.reader() as reader:
        reader.assign(list(table_of))
        ends = await kafka.high_watermarks(table_of)
        await reader.seek_to_beginning(*table_of)
        waiting = 0
        while [changelog for changelog, end in ends.items() if await reader.position(changelog) < end]:
            before = [await reader.position(changelog) for changelog in table_of]
            for changelog, records in (await reader.getmany(timeout_ms=POLL_MS)).items():
                apply = table_of[changelog].recover
                for record in records:
                    apply(record.key, record.value)
            if before != [await reader.position(changelog) for changelog in table_of]:
                waiting = 0
                standstill.reschedule(clock() + STANDSTILL_SECONDS)
                continue
            waiting += 1
            if not waiting % POLLS_BEFORE_FENCING:
                await fence_absent()


def require_row_formats(changelog: str, partition: int, table: Table, formats: Collection[int]) -> None:
    """Ends the process where a row is of a format that is not among ``formats``: it must not be guessed at."""
    rows = (row for key, row in table.rows.items() if not key.startswith(RUNTIME_PREFIX))
    found = {row[HEADER_SIZE] if len(row) > HEADER_SIZE else NO_FORMAT for row in rows}
    if unknown := found - set(formats):
        refuse(
            f"{changelog}-{partition} has rows of format {_listed(unknown)}, and this release reads "
            f"{_listed(formats)}: run a release that reads them, or replay the topics under another REDRESS_PREFIX"
        )


def _listed(formats: Collection[int]) -> str:
    return " and ".join(map(str, sorted(formats)))
