"""What the services must have made of what was read: their inputs in; their tables and all they publish out.

The services' own processors, in memory and undisturbed: each reads its sources as they stand in Kafka, and then its
time comes to the end of the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from chaos.reading import Kept, Reading, Table
from redress.import_path import imported
from services.feedback.domain.rows import decode_complaint_row, decode_window_row
from services.lifecycle.stored_event import StoredEvent
from services.registry import workers
from services.router.domain import rows as router_rows
from services.runtime.instants import MILLISECOND, instant
from services.runtime.names import changelog_name
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage
from services.runtime.table import HEADER_SIZE, RUNTIME_PREFIX
from services.runtime.testing import TopologyTestDriver
from services.sla_monitor.domain.rows.row import decode_row
from services.sla_monitor.open_clocks import ROW as OPEN_CLOCKS
from services.sla_monitor.pacing import AT_ONCE

Rows = dict[str, Any]
"""What a table says of each key of each partition, without what depends on when it was asked."""


@dataclass
class Folded:
    """``published`` by topic; ``tables`` by changelog; ``sources`` are what each group reads."""

    published: dict[str, list[Kept]] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)


def applications(settings: RuntimeSettings) -> list[Application]:
    """The stateful services as ``settings`` want them."""
    given = settings.model_dump(include={"kafka", "prefix", "home", "config", "time", "partitions"})
    return [imported(service.build)(imported(service.settings)(**given)) for service in workers()]


def fold(chosen: Iterable[Application], reading: Reading, *, partitions: int, until: int) -> Folded:
    """What the ``chosen`` lead to when the time comes to ``until``, in milliseconds since 1970."""
    folded = Folded()
    for application in chosen:
        folded.sources[application.group] = tuple(topic.name for stage in application.stages for topic in stage.sources)
        for stage in application.stages:
            # Alone: it reads what the stage before it has published in Kafka.
            driver = TopologyTestDriver(
                replace(application, stages=(stage,)), partitions=partitions, start=instant(until)
            )
            _drive(driver, application.name, stage, reading)
            changelog = changelog_name(application.name, stage.name)
            folded.tables[changelog] = said(changelog, _table(driver, application.name, stage))
            read = {changelog, *(topic.name for topic in stage.sources)}
            for (topic, partition), log in driver.logs.items():
                if topic not in read:
                    folded.published.setdefault(topic, []).extend(
                        Kept(topic, partition, one.offset, one.timestamp, one.key, one.value, one.headers)
                        for one in log
                    )
    return folded


def said(changelog: str, table: Table) -> Rows:
    """What the rows of a table say, the runtime's own left out: their bytes, where READ has no better."""
    read = READ.get(changelog, _bytes)
    return {
        f"{key.decode()} in {partition}": read(key, row[HEADER_SIZE:])
        for (partition, key), row in table.items()
        if not key.startswith(RUNTIME_PREFIX)
    }


def _drive(driver: TopologyTestDriver, name: str, stage: Stage, reading: Reading) -> None:
    """Have the stage read all, and then its time come to the driver's instant."""
    for topic in stage.sources:
        for partition in range(driver.partitions):
            driver.allow(name, topic, partition=partition, until=reading.ends[topic.name, partition])
        for record in reading.records[topic.name]:
            driver.pipe(topic.name, record.partition, record)
    driver.settle()
    # All of it is late by now, and sla_monitor tells what is late a few at a time, whenever its time moves.
    until = driver.now
    for before in range(len(driver.rows(name, stage.name)) // AT_ONCE + 2, -1, -1):
        driver.now = until - before * MILLISECOND
        driver.tick()


def _table(driver: TopologyTestDriver, name: str, stage: Stage) -> Table:
    return {
        (partition, key): row
        for partition in range(driver.partitions)
        for key, row in driver.rows(name, stage.name, partition).items()
    }


def _bytes(_key: bytes, body: bytes) -> object:
    return body


def _watched(key: bytes, body: bytes) -> object:
    """A monitor's row is a function of the set of events, but for what it told on the way, and their order."""
    if key == OPEN_CLOCKS:
        return {clock: count for clock, count in json.loads(body).items() if count}
    row = decode_row(body)
    published, events = row.published, sorted(row.log.decode())
    standing = {key: alert.digest for key, alert in published.alerts.items() if alert.stands}
    return published.clocks_digest, sorted(published.open_clocks), standing, row.log.overflowed, events


@dataclass(frozen=True)
class Followed:
    """What a complaint's row of feedback says, whatever the order in which its events were read."""

    received: bool
    events: list[StoredEvent]
    overflowed: int
    answers: Any
    decided: Any
    counted: Any


def _followed(key: bytes, body: bytes) -> object:
    row = decode_complaint_row(key.decode(), body)
    events = sorted(row.log.decode())
    return Followed(row.received, events, row.log.overflowed, row.answers, row.decided, row.counted)


def _routed(_key: bytes, body: bytes) -> object:
    row = router_rows.decode_row(body)
    return row.received, sorted(row.log.decode()), row.log.overflowed, row.decisions


def _added_up(_key: bytes, body: bytes) -> object:
    return replace(decode_window_row(body), revision=0)


READ: dict[str, Callable[[bytes, bytes], object]] = {
    changelog_name("router", "complaints"): _routed,
    changelog_name("sla_monitor", "complaints"): _watched,
    changelog_name("feedback", "complaints"): _followed,
    changelog_name("feedback", "dimensions"): _added_up,
}
"""Of tables whose rows depend on the order of reading, or on what was published on the way: what does not."""
