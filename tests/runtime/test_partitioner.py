from __future__ import annotations

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.partitioner import partition_of, partitions_of


@given(st.binary(max_size=70), st.integers(1, 64))
def test_a_key_has_the_partition_that_kafkas_own_clients_give_it(key, partitions):
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


@given(st.integers(0, 70).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), min_size=1)))
def test_many_keys_at_once_have_the_partitions_that_each_has_alone(keys):
    assert partitions_of(keys, 12) == [partition_of(key, 12) for key in keys]
