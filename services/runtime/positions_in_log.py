"""Where a worker goes on in each source, and that it ends where its position is no offset of the log any more.

Retention may have passed it, or the topic was deleted and made anew: to go on would lose records, or apply them twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import TopicPartition

from services.runtime.fail_stop import fail_stop
from services.runtime.faust.committed_offsets import Committed
from services.runtime.kafka import Kafka


async def start_positions(
    kafka: Kafka, group: str, committed: Mapping[TopicPartition, Committed], *, rows_exist: bool
) -> dict[TopicPartition, int]:
    """The next offset of each source.

    Ends the process where offsets, log and changelog contradict each other: to go on would lose records, or
    apply them twice.
    """
    starts, ends = await kafka.log_starts_and_ends(committed)
    positions = {source: found.offset for source, found in committed.items() if found.offset >= 0}
    for source in committed.keys() - positions.keys():
        if rows_exist:
            fail_stop(
                f"{group} has rows but no committed offset for {source.topic}-{source.partition}, "
                f"which begins at {starts[source]}: "
                "set the offset on purpose (`redress offsets set`), or delete the changelog to start over"
            )
    _require_in_log(group, positions, starts, ends)
    return {source: positions.get(source, starts[source]) for source in committed}


async def require_in_log(kafka: Kafka, group: str, positions: Mapping[TopicPartition, int]) -> None:
    """Ends the process where a position is no offset of its log any more."""
    starts, ends = await kafka.log_starts_and_ends(positions)
    _require_in_log(group, positions, starts, ends)


def _require_in_log(
    group: str,
    positions: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> None:
    for source, offset in positions.items():
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
