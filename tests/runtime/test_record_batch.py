from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.record_batch import RecordBatch, grouped

PLACE = TopicPartition("complaint-events", 0)


def batch_of(offsets, behind=0, partition=0) -> RecordBatch:
    """Records at these offsets, read from 0 on, and so many offsets behind them that nothing is seen of."""
    records = [SimpleNamespace(offset=offset) for offset in sorted(offsets)]
    return RecordBatch(PLACE._replace(partition=partition), records, 0, max(offsets, default=0) + 1 + behind)


@given(st.sets(st.integers(0, 60)), st.integers(1, 7), st.integers(0, 5))
def test_the_parts_of_a_batch_chain_from_its_start_to_its_end_and_hold_each_record_once(offsets, size, behind):
    batch = batch_of(offsets, behind)
    parts = list(batch.split(size))
    assert parts[0].start == batch.start
    assert parts[-1].end == batch.end
    assert all(one.end == following.start for one, following in pairwise(parts))
    assert [record for part in parts for record in part.records] == batch.records
    assert all(part.start <= record.offset < part.end for part in parts for record in part.records)


@given(st.lists(st.sets(st.integers(0, 30)), max_size=6), st.integers(1, 7))
def test_groups_hold_every_part_of_every_batch_in_order_and_no_more_records_than_they_may(offsets, size):
    batches = [batch_of(some, partition=number) for number, some in enumerate(offsets)]
    groups = list(grouped(batches, size))
    assert [part for group in groups for part in group] == [part for batch in batches for part in batch.split(size)]
    assert all(sum(len(part.records) for part in group) <= size for group in groups)
    assert all(groups)
