"""A consumer that says so when it can read nothing any more."""

from __future__ import annotations

from typing import Any

import aiokafka
from aiokafka import ConsumerRecord, TopicPartition


class Reader(aiokafka.AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """A consumer whose ``getmany`` fails once fetching has ended.

    aiokafka fetches in a task of its own. Where an unforeseen error ends it, aiokafka logs that, and returns nothing
    from then on, while the consumer stays a member of its group: its partitions would stand still.
    """

    async def getmany(
        self, *topic_partitions: TopicPartition, **options: Any
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """As aiokafka's. Raises KafkaError when fetching has ended by itself."""
        fetched: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(*topic_partitions, **options)
        fetching = self._fetcher.error_future
        if not fetched and fetching.done():
            fetching.result()
        return fetched
