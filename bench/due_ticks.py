"""A number of open complaints in; seconds per tick of sla_monitor's partition out: ``python -m bench.due_ticks COUNT``.

A process of its own, for its memory's sake, and without Kafka: the service's own stage, whose outputs go into a list.
Not a TopologyTestDriver: that would keep a million records, and time what a transaction takes as well.
Complaints come in a random order, a millisecond apart in their own time. Each has the clocks of the shipped default
policy. The first of them have been routed, and time is moved so that DUE of their warnings fall due with each tick,
and later DUE of their breaches: a warning is one record, a breach two.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

from bench import job
from bench.running import BenchError
from bench.workload import SEED, complaints
from schemas.codec import encode
from schemas.events import ComplaintReceived
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, SLA_ALERTS
from services.config.folder import SHIPPED
from services.runtime.instants import milliseconds
from services.runtime.processor import Record
from services.runtime.stage_partition import StagePartition
from services.runtime.table import HEADER
from services.runtime.testing import MemoryOutbox, MemoryRecord
from services.runtime.worker import tune_collector
from services.sla_monitor.app import build
from services.sla_monitor.settings import Settings

DUE = 1_000
TICKS = 10
TICK_MS = 200
DIFFERENT = 1_000
AT_ONCE = 1_000
"""Records that are processed between two transactions."""
BEGINNING = datetime(2026, 11, 2, 2, tzinfo=UTC)
"""A Monday at ten in Shanghai."""
APART = timedelta(milliseconds=1)
LATER = timedelta(minutes=20)
"""So much after the first come those of whose clocks none falls due."""
READ = BEGINNING + 2 * LATER
POLICIES = """\
version: bench
policies:
  - name: everyone
    match: {}
    clocks:
      first_response: {target: 1h, calendar: shanghai, warn: {80: medium}, owner: bench, runbook: bench}
      resolution: {target: 15d, calendar: shanghai, warn: {80: medium}, owner: bench, runbook: bench}
"""


class Ticks(NamedTuple):
    """Seconds: of record batches of AT_ONCE complaints, of ticks with nothing due, DUE warnings, DUE breaches."""

    received: list[float]
    nothing: list[float]
    warnings: list[float]
    breaches: list[float]


def measured(count: int, ticks: int) -> Ticks:
    """The ticks of a partition with ``count`` open complaints. Raises BenchError where not DUE fall due."""
    with TemporaryDirectory() as folder:
        stage, received = _with_open_complaints(count, ticks * DUE, _config(Path(folder)))
    read, first_warning = milliseconds(READ), _first_due(stage)
    nothing = [_tick(stage, read + (number + 1) * TICK_MS, due=0) for number in range(ticks)]
    _tick(stage, first_warning - 1, due=0)
    warnings = [_tick(stage, first_warning + number, due=DUE) for number in _lasts(ticks)]
    first_breach = milliseconds(BEGINNING + timedelta(hours=1))
    _tick(stage, first_breach - 1, due=0)
    breaches = [_tick(stage, first_breach + number, due=DUE) for number in _lasts(ticks)]
    return Ticks(received, nothing, warnings, breaches)


def _lasts(ticks: int) -> range:
    """The numbers of the complaints that are each tick's last."""
    return range(DUE - 1, ticks * DUE, DUE)


def _tick(stage: StagePartition, wall: int, *, due: int) -> float:
    """Find what is due at ``wall``, decide it, encode it. What the transaction would take then is not counted."""
    outbox = MemoryOutbox()
    everything_read = {topic.name: 0 for topic in stage.stage.sources}
    began = perf_counter()
    stage.context.begin(outbox, wall)
    stage.timers.tick(wall, everything_read, everything_read)
    seconds = perf_counter() - began
    stage.take_rows()
    stage.context.take_counts()
    alerts = sum(topic == SLA_ALERTS.name for topic, *_ in outbox.outputs)
    if alerts != due:
        raise BenchError(f"{alerts} alerts came with a tick, where {due} were due")
    return seconds


def _first_due(stage: StagePartition) -> int:
    """The soonest instant at which a row is to be looked at, in milliseconds since 1970."""
    soonest: int = min(HEADER.unpack_from(row)[0] for row in stage.table.rows.values())
    return soonest


def _with_open_complaints(count: int, routed: int, config: Path) -> tuple[StagePartition, list[float]]:
    """The stage's partition after ``count`` complaints, in any order; the first ``routed`` by time have been routed.

    With the seconds that each full record batch of complaints took.
    """
    application = build(Settings(config=config))
    stage = StagePartition(application.stages[0], application.name, 0, 1, stream_time=False)
    ruleset = job.shipped_ruleset()
    decisions: list[Record] = []
    received: list[Record] = []
    seconds: list[float] = []
    for number, complaint in _complaints(count, routed):
        received.append(_record(complaint.complaint_id, encode(complaint)))
        if number < routed:
            decision, _ = job.outputs(complaint, (), ruleset, READ)
            decisions.append(_record(complaint.complaint_id, decision.value))
        if len(received) == AT_ONCE:
            seconds.append(_process(stage, COMPLAINT_EVENTS.name, received))
            received = []
    _process(stage, COMPLAINT_EVENTS.name, received)
    for first in range(0, len(decisions), AT_ONCE):
        _process(stage, COMPLAINTS_ROUTED.name, decisions[first : first + AT_ONCE])
    return stage, seconds


def _record(complaint_id: str, value: bytes | None) -> MemoryRecord:
    return MemoryRecord(complaint_id.encode(), value, (), milliseconds(READ), 0)


def _process(stage: StagePartition, topic: str, records: Sequence[Record]) -> float:
    began = perf_counter()
    stage.context.begin(MemoryOutbox(), milliseconds(READ))
    stage.sources.process(topic, records)
    seconds = perf_counter() - began
    stage.take_rows()
    stage.context.take_counts()
    return seconds


def _complaints(count: int, first: int) -> Iterator[tuple[int, ComplaintReceived]]:
    """Complaints in a random order, each with its number in time; all but the ``first`` come LATER."""
    random = Random(SEED)
    samples = [COMPLAINT_EVENTS.codec.decode(one.value) for one in complaints(DIFFERENT)]
    for number in random.sample(range(count), count):
        instant = BEGINNING + number * APART + (LATER if number >= first else timedelta())
        own = {name: str(UUID(int=random.getrandbits(128), version=4)) for name in ("event_id", "complaint_id")}
        yield number, random.choice(samples).model_copy(update={**own, "occurred_at": instant, "recorded_at": instant})


def _config(folder: Path) -> Path:
    """The shipped calendars, and one policy for all."""
    (folder / "calendars").symlink_to(SHIPPED / "calendars")
    (folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    return folder


if __name__ == "__main__":
    tune_collector()
    count = int(sys.argv[1])
    print(json.dumps(measured(count, min(TICKS, count // DUE))._asdict()))
