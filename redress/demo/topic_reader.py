"""From the topics to the observed results, read_committed, while the demo runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer

from redress.demo.observed import ObservedResults
from redress.topics.declared import sources
from schemas.derived import SurveyRequested
from schemas.primitives import Event
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    Topic,
    queue_topic,
)
from services.runtime.kafka import Kafka

TOPICS = (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    SLA_CLOCKS,
    SLA_ALERTS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
    FEEDBACK_SUMMARIES,
)


def choose_topics(queues: Iterable[str]) -> dict[str, Topic[Any]]:
    """What the demo reads: accepted events, what services publish, the queues, and all dead letters."""
    topics = [*TOPICS, *(queue_topic(queue) for queue in queues), *(topic.dead_letters for topic in sources())]
    return {topic.name: topic for topic in topics}


class TopicReader:
    """Reads the topics from their start."""

    def __init__(self, consumer: AIOKafkaConsumer, topics: Mapping[str, Topic[Any]], kafka: Kafka) -> None:
        self.observed = ObservedResults()
        self._consumer = consumer
        self._topics = topics
        self._kafka = kafka
        self._topic_partitions = kafka.topic_partitions(*topics)

    async def begin(self) -> bool:
        """Go to the start of every topic. False if a topic holds records already."""
        self._consumer.assign(self._topic_partitions)
        await self._consumer.seek_to_beginning(*self._topic_partitions)
        return not any((await self._consumer.end_offsets(self._topic_partitions)).values())

    async def run(self, on_survey: Callable[[SurveyRequested], None]) -> None:
        """Read for ever; call ``on_survey`` for each survey request, as a front-end would."""
        while True:
            for topic_partition, records in (await self._consumer.getmany(timeout_ms=200)).items():
                topic = self._topics[self._kafka.unnamed(topic_partition.topic)]
                for record in records:
                    event = self._add(topic, record)
                    if isinstance(event, SurveyRequested):
                        on_survey(event)

    async def has_caught_up(self) -> bool:
        """Whether all that is there now has been read."""
        ends = await self._consumer.end_offsets(self._topic_partitions)
        positions = [await self._consumer.position(one) for one in self._topic_partitions]
        return all(position >= ends[one] for one, position in zip(self._topic_partitions, positions, strict=True))

    def _add(self, topic: Topic[Any], record: Any) -> Event | None:
        event: Event | None = None if record.value is None else topic.codec.decode(record.value)
        key = record.key.decode() if record.key else ""
        self.observed.add(topic, key, event)
        return event
