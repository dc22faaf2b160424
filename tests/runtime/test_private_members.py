from __future__ import annotations

import importlib
import inspect
from functools import reduce
from hashlib import sha256

import pytest

from services.runtime.faust.private_members import PRIVATE_MEMBERS


def source_of(path: str) -> str:
    module, _, name = path.partition(":")
    member = reduce(inspect.getattr_static, name.split("."), importlib.import_module(module))
    wrapped = ("fget", "fun", "__func__")  # property, mode's service task, class or static method
    return inspect.getsource(next((getattr(member, name) for name in wrapped if hasattr(member, name)), member))


@pytest.mark.parametrize("member", PRIVATE_MEMBERS, ids=lambda member: member.path)
def test_a_private_member_is_what_it_was_when_the_runtime_was_written(member):
    digest = sha256(source_of(member.path).encode()).hexdigest()[:16]
    assert digest == member.digest, (
        f"{member.path} changed ({member.why}): read it, mend services/runtime, then write {digest} as its digest"
    )


def test_the_consumer_still_keeps_its_positions_where_the_runtime_reads_them():
    import aiokafka

    assert "self._subscription = SubscriptionState" in inspect.getsource(aiokafka.AIOKafkaConsumer.__init__)
