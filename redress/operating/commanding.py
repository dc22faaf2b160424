"""What operators allow, as the record that reaches every worker: a group, a place and an offset in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import AIOKafkaProducer, TopicPartition

from redress.operating.groups import SOURCE, OperationRefused, require_topics
from redress.operating.positions import positions
from schemas.codec import encode
from schemas.headers import cloudevents_headers
from schemas.ids import derived_id
from schemas.operating import DeadLettersAllowed
from schemas.topics import OPERATOR_COMMANDS
from services.runtime.kafka import Kafka


async def allow(kafka: Kafka, group: str, place: TopicPartition, until: int) -> Literal["allowed", "passed"]:
    """Allow the group's dead letters of ``place`` before ``until``; nothing is done where it has passed that already.

    Group and place are named without the deployment's prefix.

    Raises OperationRefused where the log ends before ``until`` or lacks the partition: what is not written yet is not
    known to be bad.
    """
    await require_topics(kafka, [OPERATOR_COMMANDS.name])
    stands = {(one.topic, one.partition): one for one in await positions(kafka, [group])}.get(place)
    if stands is None:
        raise OperationRefused(f"{place.topic} has no partition {place.partition}; it has 0 to {kafka.partitions - 1}")
    if until > stands.log_end:
        raise OperationRefused(
            f"{place.topic}-{place.partition} ends at offset {stands.log_end}: allow that at most, "
            "and more when it is there"
        )
    if stands.offset is not None and until < stands.offset:
        return "passed"
    producer = AIOKafkaProducer(**kafka.client, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(**command(kafka, group, place, until))
    finally:
        await producer.stop()
    return "allowed"


def command(kafka: Kafka, group: str, place: TopicPartition, until: int) -> dict[str, Any]:
    """The record, as a producer's ``send`` takes it. The last one under its key stands."""
    now = datetime.now(UTC)
    event = DeadLettersAllowed(
        event_id=derived_id(group, place.topic, str(place.partition), str(until), "dead_letters_allowed"),
        occurred_at=now,
        recorded_at=now,
        group=group,
        topic=place.topic,
        partition=place.partition,
        until=until,
    )
    return {
        "topic": kafka.named(OPERATOR_COMMANDS.name),
        "key": f"{group}/{place.topic}/{place.partition}".encode(),
        "value": encode(event),
        "timestamp_ms": int(now.timestamp() * 1000),
        "headers": cloudevents_headers(event, SOURCE, None),
    }
