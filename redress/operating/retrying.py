"""Publishes again what became dead letters, each origin once however often it is asked: a topic in, marks out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from redress.operating.dead_letters import Found, read_dead_letters
from redress.operating.groups import SOURCE, OperationRefused, require_topics
from schemas.codec import DecodeError, encode
from schemas.headers import Header, cloudevents_headers
from schemas.ids import derived_id
from schemas.operating import DeadLetterRetried
from schemas.topics import Topic
from services.runtime.kafka import TRANSACTION_TIMEOUT_MS, Kafka
from services.runtime.partitioner import partition_of

RETRY_OF = "redress_retry_of"
"""The header that marks a record as a retry; its value is the origin, as ``topic-partition-offset``."""
AT_ONCE = 500
"""Records of one transaction."""
LOOK_AGAIN_SECONDS = 0.2


async def retry(kafka: Kafka, topic: Topic[Any], reason: str | None) -> tuple[list[DeadLetterRetried], int]:
    """Publish each origin of the topic's dead letters (of one ``reason``, where it is given) that never was.

    A record and its mark, beside its letter, are one transaction, and only one process at a time can have one: so
    no origin is published twice, whatever ends whom and when. Returns the marks made, and how many origins had one
    before. Raises OperationRefused where a topic is missing or another's transaction does not end, KafkaError.
    """
    await require_topics(kafka, [topic.name])
    # One id for all, which ends another's retry.
    async with kafka.transactional_producer(kafka.named(f"redress-dlq-retry-{topic.name}")) as producer:
        await _until_all_can_be_read(kafka, topic.dead_letters)
        letters = await read_dead_letters(kafka, topic)
        asked = {found.origin: found for found in letters.found if reason in (None, found.letter.reason)}
        missing = [found for origin, found in asked.items() if origin not in letters.retried]
        marks: list[DeadLetterRetried] = []
        for begin in range(0, len(missing), AT_ONCE):
            async with producer.transaction():
                marks += await _publish(producer, kafka, topic, missing[begin : begin + AT_ONCE])
    return marks, len(asked) - len(missing)


async def _publish(
    producer: AIOKafkaProducer, kafka: Kafka, topic: Topic[Any], letters: list[Found]
) -> list[DeadLetterRetried]:
    now = datetime.now(UTC)
    timestamp = int(now.timestamp() * 1000)
    sent = [
        await producer.send(
            kafka.named(topic.name),
            found.letter.value,
            key=found.key,
            # By the key, if there is one: a record that came to a wrong partition comes home.
            partition=found.letter.partition if found.key is None else partition_of(found.key, kafka.partitions),
            timestamp_ms=timestamp,
            headers=_headers(topic, found),
        )
        for found in letters
    ]
    places = await asyncio.gather(*sent)
    marks = [_mark(found, place, now) for found, place in zip(letters, places, strict=True)]
    noted = [
        await producer.send(
            kafka.named(topic.dead_letters.name),
            encode(mark),
            key=found.key,
            partition=mark.partition,  # behind its letter in one log, so that it is not deleted before it
            timestamp_ms=timestamp,
            headers=cloudevents_headers(mark, SOURCE, found.traceparent),
        )
        for found, mark in zip(letters, marks, strict=True)
    ]
    await asyncio.gather(*noted)
    return marks


def _headers(topic: Topic[Any], found: Found) -> list[Header]:
    """The event's own headers, where it is one, and the mark."""
    letter = found.letter
    mark = (RETRY_OF, f"{letter.topic}-{letter.partition}-{letter.offset}".encode())
    try:
        event = topic.codec.decode(letter.value)
    except DecodeError:
        return [mark]
    return [*cloudevents_headers(event, SOURCE, found.traceparent), mark]


def _mark(found: Found, place: Any, now: datetime) -> DeadLetterRetried:
    letter = found.letter
    return DeadLetterRetried(
        event_id=derived_id(letter.topic, str(letter.partition), str(letter.offset), "dead_letter_retried"),
        occurred_at=now,
        recorded_at=now,
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        retry_partition=place.partition,
        retry_offset=place.offset,
    )


async def _until_all_can_be_read(kafka: Kafka, topic: Topic[Any]) -> None:
    """Wait for what is open in the topic: behind it a mark could lie that a read_committed reader does not see yet."""
    places = kafka.topic_partitions(topic.name)
    unstable = AIOKafkaConsumer(**kafka.client, group_id=None, isolation_level="read_uncommitted")
    await unstable.start()
    try:
        ends = await unstable.end_offsets(places)
    finally:
        await unstable.stop()
    async with kafka.reader() as reader:
        try:
            async with asyncio.timeout(2 * TRANSACTION_TIMEOUT_MS / 1000):
                while any(  # noqa: ASYNC110 - the broker knows
                    stable < ends[place] for place, stable in (await reader.end_offsets(places)).items()
                ):
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise OperationRefused(
                f"a transaction in {topic.name} does not end: try again when the brokers are well"
            ) from None
