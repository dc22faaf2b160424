"""What a partition's last owner committed: its rows from the changelogs, its heads from the group's offsets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from aiokafka import TopicPartition

from services.runtime.fail_stop import fail_stop, refuse
from services.runtime.kafka import Kafka
from services.runtime.table import HEADER_SIZE, RUNTIME_PREFIX, Table

NO_FORMAT = 0
"""Of a row without a body: no release writes one."""
POLL_MS = 100
"""aiokafka does not return early when it fetched transaction markers only."""


async def read_changelogs(kafka: Kafka, partition: int, tables: Mapping[str, Table]) -> int:
    """Apply each changelog's partition to its table, up to the end as it is now. Returns the number of rows."""
    places = {kafka.place(changelog, partition): table for changelog, table in tables.items()}
    async with kafka.reader() as reader:
        reader.assign(list(places))
        ends = await reader.end_offsets(list(places))
        await reader.seek_to_beginning(*places)
        while [place for place, end in ends.items() if await reader.position(place) < end]:
            for place, records in (await reader.getmany(timeout_ms=POLL_MS)).items():
                apply = places[place].recover
                for record in records:
                    apply(record.key, record.value)
    return sum(len(table) for table in tables.values())


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


async def committed_heads(
    kafka: Kafka, group: str, sources: Sequence[TopicPartition], *, rows_exist: bool
) -> dict[TopicPartition, int]:
    """The next offset of each source.

    Ends the process where offsets, log and changelog contradict each other: to go on would lose records, or
    apply them twice.
    """
    committed = await kafka.committed(group, sources)
    starts, ends = await kafka.log_starts_and_ends(sources)
    for source in sources:
        if source not in committed and rows_exist:
            fail_stop(
                f"{group} has rows but no committed offset for {source.topic}-{source.partition}, "
                f"which begins at {starts[source]}: "
                "set the offset on purpose (`redress offsets set`), or delete the changelog to start over"
            )
    _require_in_log(group, committed, starts, ends)
    return {source: committed.get(source, starts[source]) for source in sources}


async def require_in_log(kafka: Kafka, group: str, heads: Mapping[TopicPartition, int]) -> None:
    """Ends the process where a head is no offset of its log any more."""
    starts, ends = await kafka.log_starts_and_ends(heads)
    _require_in_log(group, heads, starts, ends)


def _require_in_log(
    group: str,
    heads: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> None:
    for source, offset in heads.items():
        name = f"{source.topic}-{source.partition}"
        if offset < starts[source]:
            fail_stop(
                f"{group} is at offset {offset} of {name}, but the log begins at {starts[source]}: "
                "records in between are gone; set the offset on purpose (`redress offsets set`)"
            )
        if offset > ends[source]:
            fail_stop(
                f"{group} is at offset {offset} of {name}, but the log ends at {ends[source]}: "
                "the topic was made anew; set the offset on purpose (`redress offsets set`)"
            )
