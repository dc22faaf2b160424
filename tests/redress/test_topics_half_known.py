"""A topic that was made a moment ago, of which one broker has heard and another has not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from redress.topics.cluster import existing_topics

UNKNOWN, FORBIDDEN = 3, 29
"""Codes of Kafka's protocol."""


class Admin:
    """Tells of two topics, and of the settings of one; to be asked for the other's ends in ``code``."""

    def __init__(self, code: int) -> None:
        self._code = code

    async def describe_topics(self) -> list[dict[str, Any]]:
        return [{"topic": name, "partitions": [{"error_code": 0}]} for name in ("known", "half-known")]

    async def describe_configs(self, resources: list[Any]) -> list[Any]:
        entries = [("retention.ms", "-1", False, 1, False)]
        return [SimpleNamespace(resources=[(0, None, 2, "known", entries), (self._code, None, 2, "half-known", [])])]


@pytest.mark.asyncio
async def test_it_is_not_there_yet() -> None:
    found: Any = await existing_topics(Admin(UNKNOWN), ["known", "half-known"])  # type: ignore[arg-type]
    assert list(found) == ["known"]


@pytest.mark.asyncio
async def test_another_fault_is_told() -> None:
    with pytest.raises(TopicAuthorizationFailedError, match="cannot read the settings of topic half-known"):
        await existing_topics(Admin(FORBIDDEN), ["half-known"])  # type: ignore[arg-type]
