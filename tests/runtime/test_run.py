from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.run import Run

PLACE = TopicPartition("complaint-events", 0)


@given(st.sets(st.integers(0, 60)), st.integers(1, 7), st.integers(0, 5))
def test_the_parts_of_a_run_chain_from_its_start_to_its_end_and_hold_each_record_once(offsets, size, behind):
    records = [SimpleNamespace(offset=offset) for offset in sorted(offsets)]
    run = Run(PLACE, records, start=0, end=max(offsets, default=0) + 1 + behind)
    parts = list(run.split(size))
    assert parts[0].start == run.start
    assert parts[-1].end == run.end
    assert all(one.end == following.start for one, following in pairwise(parts))
    assert [record for part in parts for record in part.records] == records
    assert all(part.start <= record.offset < part.end for part in parts for record in part.records)
