from __future__ import annotations

import importlib
import inspect
from functools import reduce
from typing import Any

import pytest

from services.runtime.faust.private_members import PRIVATE_MEMBERS
from tests.source_digest import source_digest


def member_at(path: str) -> Any:
    module, _, name = path.partition(":")
    return reduce(inspect.getattr_static, name.split("."), importlib.import_module(module))


@pytest.mark.parametrize("member", PRIVATE_MEMBERS, ids=lambda member: member.path)
def test_a_private_member_is_what_it_was_when_the_runtime_was_written(member):
    digest = source_digest(member_at(member.path))
    assert digest == member.digest, (
        f"{member.path} changed ({member.why}): read it, mend services/runtime, then write {digest} as its digest"
    )


def test_the_consumer_still_keeps_its_positions_where_the_runtime_reads_them():
    import aiokafka

    assert "self._subscription = SubscriptionState" in inspect.getsource(aiokafka.AIOKafkaConsumer.__init__)
