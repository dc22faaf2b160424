"""A deployment and a rate in; what a load of it costs, and how old what it leads to is, out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.day.deployed import Deployed
from bench.day.http_load import Answers
from bench.day.observer import observed
from bench.day.processor_time import Used, used
from bench.day.seen import Seen
from bench.running import BenchError
from bench.spread import quantile
from schemas.topics import COMPLAINTS_ROUTED, SLA_CLOCKS

LOAD_SECONDS, IDLE_SECONDS = 15.0, 20.0
OUTPUT_SECONDS = 30.0
"""So long after the load the last output may be seen."""
LOOK_SECONDS = 0.1
PLAIN = (COMPLAINTS_ROUTED.name, SLA_CLOCKS.name)


@dataclass(frozen=True)
class Load:
    """One rate: the processor time and the answers of a load that nobody observed, and what was seen of a second."""

    used: Used
    answers: Answers
    seen: Seen

    def percent(self, name: str) -> float:
        """A process's share of one core."""
        return self.used.percent(name)

    def each_ms(self, name: str) -> float:
        """A process's milliseconds of processor time a complaint."""
        return self.used.each_ms(name, len(self.answers.posted))

    def answer_ms(self, share: float) -> float:
        """The milliseconds until the 202 that a share of the posts does not exceed."""
        return 1_000 * quantile(self.answers.seconds, share)


def loaded(deployed: Deployed, rate: float) -> Load:
    """Post ``rate`` complaints a second, twice. The broker serves the observer too, so it does not observe the first.

    Raises BenchError when an output does not come.
    """
    with used(deployed.processes) as processor_time:
        answers = deployed.load.even(rate, LOAD_SECONDS)
    deployed.settle()
    return Load(processor_time, answers, seen_of(deployed, rate, PLAIN))


def seen_of(deployed: Deployed, rate: float, topics: Sequence[str]) -> Seen:
    """Post ``rate`` complaints a second, and see each come to every one of the topics. Raises BenchError if not."""
    with observed(deployed.bench) as seen:
        posted = len(deployed.load.even(rate, LOAD_SECONDS).posted)
        give_up = time.monotonic() + OUTPUT_SECONDS
        while not seen.has(posted, topics) and time.monotonic() < give_up:
            time.sleep(LOOK_SECONDS)
    for topic in topics:
        came = len(seen.ages_ms(topic))
        if came < posted:
            raise BenchError(f"of {posted:,} complaints {came:,} came to {topic} within {OUTPUT_SECONDS:g} s")
    deployed.settle()
    return seen


def idle(deployed: Deployed) -> Used:
    """What the processes use without load."""
    with used(deployed.processes) as processor_time:
        time.sleep(IDLE_SECONDS)
    return processor_time
