"""The dead letters of a topic, with which of their origins were published again: a topic in, letters out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from redress.operating.groups import require_topics
from redress.reading import records_to_end
from schemas.codec import DecodeError
from schemas.derived import DeadLetter
from schemas.headers import traceparent_of
from schemas.operating import DeadLetterRetried
from schemas.topics import Topic
from services.runtime.kafka import Kafka


class Origin(NamedTuple):
    """Where the record lay that could not be processed."""

    partition: int
    offset: int


@dataclass(frozen=True)
class Found:
    """One group's letter about one record, with what stands around it in the dead letter topic."""

    letter: DeadLetter
    key: bytes | None
    traceparent: bytes | None

    @property
    def origin(self) -> Origin:
        """Where the record lay."""
        return Origin(self.letter.partition, self.letter.offset)


@dataclass
class DeadLetters:
    """All of one topic, in the order of their origins. ``unreadable`` counts records that are no dead letters."""

    topic: Topic[Any]
    found: list[Found] = field(default_factory=list)
    retried: dict[Origin, DeadLetterRetried] = field(default_factory=dict)
    unreadable: int = 0


async def read_dead_letters(kafka: Kafka, topic: Topic[Any]) -> DeadLetters:
    """What the topic's dead letters hold now. Raises OperationRefused where their topic is missing, KafkaError."""
    await require_topics(kafka, [topic.dead_letters.name])
    letters = DeadLetters(topic)
    async for record in records_to_end(kafka, [topic.dead_letters.name]):
        try:
            event = topic.dead_letters.codec.decode(record.value)
        except DecodeError:
            letters.unreadable += 1
            continue
        if isinstance(event, DeadLetter):
            letters.found.append(Found(event, record.key, traceparent_of(record.headers)))
        else:
            letters.retried[Origin(event.partition, event.offset)] = event
    letters.found.sort(key=lambda found: (found.origin, found.letter.group))
    return letters
