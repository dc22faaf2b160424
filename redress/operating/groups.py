"""Which topics have dead letters; the source and the refusal that all operators' tools share."""

from __future__ import annotations

from collections.abc import Iterable

from redress.topics.declared import sources
from services.runtime.kafka import Kafka

SOURCE = "/redress/operators"
"""Who writes, in the headers of what these tools publish."""

WITH_DEAD_LETTERS = {topic.name: topic for topic in sources()}
"""Every topic that a group reads, by name: what of it could not be processed is in its ``-dlq``."""


class OperationRefused(Exception):
    """The answer is no; the message says why, and what to do."""


async def require_topics(kafka: Kafka, names: Iterable[str]) -> None:
    """Raise OperationRefused unless the topics exist with the partition count of the settings."""
    if faults := await kafka.missing_topics(list(names)):
        raise OperationRefused(
            "; ".join(f"the topic {topic} {fault}" for topic, fault in faults.items())
            + ": run `redress topics apply`, with the deployment's REDRESS_PARTITIONS"
        )
