"""A run in which every promise held, as the chaos checker gets to see it: played in memory, read back as from Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from chaos.checker import Verdict, check
from chaos.fold import applications, fold
from chaos.reading import Kept, Reading
from chaos.sent import Sent
from chaos.system_under_test import CONFIG
from redress.survey_keys import ensure_survey_keys
from redress.topics.declared import declared_topics
from schemas.complaint import Customer
from schemas.derived import SurveyAnswered
from schemas.events import AgentReplied, ComplaintReceived, ComplaintResolved, LifecycleEvent
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SURVEY_REQUESTS, SURVEY_RESPONSES
from services.runtime.instants import milliseconds
from services.runtime.settings import RuntimeSettings
from services.runtime.testing import TopologyTestDriver

PARTITIONS = 2
COMPLAINTS = 20
POISON = {COMPLAINT_EVENTS: b"\xff poison", COMPLAINTS_ROUTED: b"{ poison", SURVEY_RESPONSES: b'{"type": "poison"}'}


class Healthy:
    """Complaints, twenty or more: all are routed, half are answered and resolved, the others break their deadlines."""

    def __init__(self, home: Path, complaints: int = COMPLAINTS, ends: timedelta = timedelta(seconds=30)) -> None:
        ensure_survey_keys(home)
        self.settings = RuntimeSettings(kafka="none:9092", home=home, config=CONFIG, partitions=PARTITIONS)
        self.sent = Sent()
        self._flow = TopologyTestDriver(*applications(self.settings), partitions=PARTITIONS)
        self._play(complaints)
        self._flow.advance(ends, step=timedelta(seconds=1))

    def reading(self) -> Reading:
        """What a reader finds, to be spoiled as a test likes."""
        flow = self._flow
        topics = [topic.name for topic in declared_topics(RuntimeSettings(config=CONFIG, partitions=PARTITIONS))]
        places = [(topic, partition) for topic in topics for partition in range(PARTITIONS)]
        return Reading(
            records={
                topic: [
                    Kept(topic, partition, one.offset, one.timestamp, one.key, one.value, one.headers)
                    for partition in range(PARTITIONS)
                    for one in flow.logs[topic, partition]
                ]
                for topic in topics
            },
            committed={
                f"redress-{name}": {
                    (topic, partition): offset
                    for (service, topic, partition), offset in flow.committed.items()
                    if service == name
                }
                for name in ("router", "sla_monitor", "feedback")
            },
            ends={place: len(flow.logs[place]) for place in places},
            ends_after={place: len(flow.logs[place]) + 1 for place in places},
        )

    def judge(self, reading: Reading, sent: Sent | None = None, **seen: tuple[str, ...]) -> Verdict:
        """What the checker says of it."""
        until = milliseconds(self._flow.now)
        folded = fold(applications(self.settings), reading, partitions=PARTITIONS, until=until)
        return check(sent or self.sent, reading, folded, seen)

    def _play(self, complaints: int) -> None:
        flow = self._flow
        for number in range(complaints):
            for event in self._complaint(number):
                flow.send(COMPLAINT_EVENTS, event)
                self.sent.accepted[COMPLAINT_EVENTS.name].add(event.event_id)
        for topic, value in POISON.items():
            flow.send(topic, value, "poison")
            self.sent.poison.add(value)
        flow.advance(timedelta(seconds=30), step=timedelta(seconds=1))
        for asked in flow.events(SURVEY_REQUESTS):
            answer = SurveyAnswered(
                event_id=derived_id(asked.event_id, "answer"),
                complaint_id=asked.complaint_id,
                occurred_at=flow.now,
                recorded_at=flow.now,
                survey_id=asked.survey_id,
                cycle=asked.cycle,
                metric=asked.metric,
                score=4,
            )
            flow.send(SURVEY_RESPONSES, answer)
            self.sent.accepted[SURVEY_RESPONSES.name].add(answer.event_id)

    def _complaint(self, number: int) -> Iterator[LifecycleEvent]:
        complaint_id, at = derived_id("healthy", str(number)), self._flow.now
        known = {"complaint_id": complaint_id, "recorded_at": at}
        yield ComplaintReceived(
            event_id=derived_id(complaint_id, "received"),
            occurred_at=at,
            channel="web",
            category="billing",
            customer=Customer(id="one"),
            **known,
        )
        if number % 2:
            replied_at, resolved_at = at + timedelta(seconds=1), at + timedelta(seconds=2)
            yield AgentReplied(
                event_id=derived_id(complaint_id, "replied"), occurred_at=replied_at, agent_id="ann", **known
            )
            yield ComplaintResolved(
                event_id=derived_id(complaint_id, "resolved"),
                occurred_at=resolved_at,
                outcome="upheld",
                agent_id="ann",
                **known,
            )


def without(reading: Reading, topic: str, place: int = -1) -> Reading:
    """As if one record of a topic had been lost."""
    records = list(reading.records[topic])
    del records[place]
    return replace(reading, records={**reading.records, topic: records})


def twice(reading: Reading, topic: str, place: int = -1) -> Reading:
    """As if one record of a topic had been written once more."""
    records = list(reading.records[topic])
    return replace(reading, records={**reading.records, topic: [*records, records[place]]})


def instead(reading: Reading, topic: str, place: int, value: bytes | None) -> Reading:
    """As if one record of a topic held another value."""
    records = list(reading.records[topic])
    records[place] = replace(records[place], value=value)
    return replace(reading, records={**reading.records, topic: records})
