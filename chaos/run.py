"""One run from its seed to its verdict: start, load, break, let everything settle, read it all back, compare."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

import aiohttp
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chaos.checker import OVERRUN, PAUSED, Verdict, check
from chaos.contact_centre import ContactCentre
from chaos.direct_publisher import DirectPublisher
from chaos.faults import Faults
from chaos.fold import applications, fold
from chaos.partition_pause import pause_and_allow
from chaos.reading import Reading, read
from chaos.schedule import Fault, Kind
from chaos.sent import Sent
from chaos.system_under_test import PROCESSES, SystemUnderTest, start_system
from redress.demo.scenario import LAST_DEADLINE
from redress.reading import GROUPS, SOURCES, wait_until_read
from redress.topics.declared import declared_topics
from services.runtime.kafka import Kafka

LOOK_AGAIN_SECONDS = 1.0
SETTLED_SECONDS = 5.0
"""Nothing new was published for so long: announcements of time and rows with a clock left out."""


@dataclass(frozen=True)
class Result:
    """One run. ``faults`` were done, by kind; ``restarts`` counts processes that the supervisor started again."""

    seed: int
    faults: Counter[Kind]
    restarts: int
    verdict: Verdict


async def run(seed: int, seconds: float, faults: list[Fault], home: Path, tell: Callable[[str], None]) -> Result:
    """Break a deployment under ``home`` for ``seconds``, and judge what is left. ``tell`` hears how it goes."""
    with (home / "processes.log").open("w", encoding="utf-8") as log:
        async with start_system(
            home, lambda name, line: print(f"{time():.3f} {name} | {line}", file=log, flush=True)
        ) as made:
            tell("all processes are ready; the faults begin")
            breaking = Faults(made, tell)
            kafka, sent, overruns = Kafka(made.direct), Sent(), set[str]()
            async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
                centre = ContactCentre(session, made.deployment.intake_url, sent, seed=seed, seconds=seconds)
                publisher = DirectPublisher(kafka, sent, seed=seed, seconds=seconds)
                beside = [
                    group.create_task(_watch_offsets(kafka, overruns)),
                    group.create_task(centre.answer_surveys(kafka)),
                    group.create_task(made.deployment.supervisor.wait()),
                ]
                await asyncio.gather(
                    centre.send(), publisher.complaints(), publisher.poison(), breaking.carry_out(faults)
                )
                await made.deployment.wait_until_ready()
                tell("nothing breaks any more; a partition is given more poison than its groups bear")
                paused = await pause_and_allow(made, publisher, seed % made.direct.partitions)
                tell("it goes on; the last deadlines pass, the last surveys are answered")
                await asyncio.sleep(LAST_DEADLINE.total_seconds())
                await _settle(made)
                for task in beside:
                    task.cancel()
            await _settle(made)
            until = int(time() * 1000)
            reading = await _read(made)
            restarts = sum(made.deployment.supervisor.restarts(name) for name in PROCESSES)
    chosen = applications(made.direct)
    folded = await asyncio.to_thread(fold, chosen, reading, partitions=made.direct.partitions, until=until)
    return Result(seed, breaking.done, restarts, check(sent, reading, folded, {OVERRUN: overruns, PAUSED: paused}))


async def _settle(made: SystemUnderTest) -> None:
    """Return once all is read, and nothing new is published. Raises StandsStill where a service does not go on."""
    kafka = Kafka(made.direct)
    before, since = await _published(made), time()
    while time() - since < SETTLED_SECONDS:
        await wait_until_read(kafka, lambda _: None)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        now = await _published(made)
        if now != before:
            before, since = now, time()


async def _published(made: SystemUnderTest) -> dict[object, int]:
    kafka = Kafka(made.direct)
    async with kafka.reader() as reader:
        topics = [name for name in _topics(made) if not name.startswith("redress-")]
        ends: dict[object, int] = await reader.end_offsets(
            [TopicPartition(name, number) for name in topics for number in range(kafka.partitions)]
        )
    return ends


async def _read(made: SystemUnderTest) -> Reading:
    return await read(Kafka(made.direct), _topics(made), GROUPS.values())


def _topics(made: SystemUnderTest) -> list[str]:
    return [topic.name for topic in declared_topics(made.direct)]


async def _watch_offsets(kafka: Kafka, overruns: set[str]) -> None:
    """For ever: what a group has committed must have been in the log before."""
    while True:
        with suppress(KafkaError, TimeoutError):  # brokers are down, as they should be now and then
            async with asyncio.timeout(10):
                for group, topics in SOURCES.items():
                    sources = kafka.topic_partitions(*(topic.name for topic in topics))
                    offsets = await kafka.committed(group, sources)
                    _, ends = await kafka.log_starts_and_ends(offsets)
                    overruns |= {
                        f"{group}: {offsets[source]} of {source.topic}-{source.partition}, which ended at {end}"
                        for source, end in ends.items()
                        if offsets[source] > end
                    }
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
