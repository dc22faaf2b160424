"""Whole stories of complaints at an even rate, as intake and the router write them: ``python -m bench.steady_load``.

Its arguments are events per second and seconds. A complaint is received and routed, assigned a second later, and
answered three seconds after it came; one of five is answered after eight. What is sent late says when it was due to
be sent: a load that waits with those it loads would flatter them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import Any, NamedTuple

from bench import job
from bench.job import Output
from bench.load import AHEAD_SECONDS, DIFFERENT, idempotent_producer, wait_until
from bench.workload import complaints
from schemas.codec import encode
from schemas.events import AgentAssigned, AgentReplied, ComplaintReceived, LifecycleEvent
from schemas.headers import cloudevents_headers
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS

INTAKE = "/redress/intake"
EVENTS_EACH = 4
ASSIGNED_AFTER, ANSWERED_AFTER, LATE_AFTER = 1.0, 3.0, 8.0
LATE = 5
"""One of so many is answered late."""


class Step(NamedTuple):
    """What happens to which complaint, and when: in seconds from the beginning."""

    after: float
    kind: type[LifecycleEvent]
    number: int


def steps(rate: float, seconds: float) -> Iterator[Step]:
    """All of it, in the order of time. A ComplaintReceived is two events: its routing goes with it.

    Complaints come for so many ``seconds``. From LATE_AFTER until then there are ``rate`` events a second.
    """
    each = EVENTS_EACH / rate
    count = int(seconds / each)

    def happen(kind: type[LifecycleEvent], after: float, numbers: Sequence[int]) -> Iterator[Step]:
        return (Step(number * each + after, kind, number) for number in numbers)

    in_time = [number for number in range(count) if number % LATE]
    return merge(
        happen(ComplaintReceived, 0, range(count)),
        happen(AgentAssigned, ASSIGNED_AFTER, range(count)),
        happen(AgentReplied, ANSWERED_AFTER, in_time),
        happen(AgentReplied, LATE_AFTER, range(0, count, LATE)),
        key=lambda step: step.after,
    )


def writer() -> Callable[[Step, datetime], tuple[bytes, list[Output]]]:
    """What makes the key and the records of a step that happens at an instant."""
    ruleset = job.shipped_ruleset()
    samples = [COMPLAINT_EVENTS.codec.decode(one.value) for one in complaints(DIFFERENT)]

    def written(step: Step, instant: datetime) -> tuple[bytes, list[Output]]:
        complaint_id = derived_id("bench", str(step.number))
        common: dict[str, Any] = {
            "complaint_id": complaint_id,
            "event_id": derived_id(complaint_id, step.kind.__name__),
            "occurred_at": instant,
            "recorded_at": instant,
        }
        if step.kind is ComplaintReceived:
            event = samples[step.number % len(samples)].model_copy(update=common)
        else:
            event = step.kind(**common, agent_id="agent-1")
        records = [Output(COMPLAINT_EVENTS.name, encode(event), cloudevents_headers(event, INTAKE, None))]
        if step.kind is ComplaintReceived:
            decision, _ = job.outputs(event, (), ruleset, instant)
            records.append(decision)
        return complaint_id.encode(), records

    return written


def main() -> None:
    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    producer = idempotent_producer()
    written = writer()
    started = datetime.now(UTC) + timedelta(seconds=AHEAD_SECONDS)
    for step in steps(rate, seconds):
        due = started + timedelta(seconds=step.after)
        wait_until(due.timestamp(), producer)
        key, records = written(step, due)
        for record in records:
            producer.produce(record.topic, record.value, key, headers=record.headers)
    producer.flush()


if __name__ == "__main__":
    main()
