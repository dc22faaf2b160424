"""The demo from start to end: a deployment in; a live view and the results of the check out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

import aiohttp

from redress.demo.check import Accepted, CheckResult, check
from redress.demo.lag import read_lags
from redress.demo.load import LoadGenerator
from redress.demo.scenario import CLOCKS, LAST_DEADLINE, QUEUES, PlannedComplaint, expect_results, plan
from redress.demo.topic_reader import TopicReader, choose_topics
from redress.demo.view import Snapshot
from redress.deployment import Deployment
from schemas.derived import SlaBreached, SlaWarning
from services.registry import SERVICES
from services.runtime.kafka import Kafka

COMPLAINTS = 2_000
SEED = 1
START_SECONDS = 120.0
LAST_SURVEY = timedelta(seconds=5)
"""A resolution's survey is asked after two seconds, answered a little later, and counted."""
THROUGH_SECONDS = 45.0
"""How long the services may take, after the last deadline, to process all that was sent."""
LOOK_SECONDS = 0.25
SETTLED_LOOKS = 8
"""How often in a row everything has to agree: a duplicate needs time to arrive."""

T = TypeVar("T")

Show = Callable[[Snapshot], None]


class NotEmpty(Exception):
    """The cluster holds events already: the demo could not tell its own from them."""


async def run(deployment: Deployment, show: Show) -> list[CheckResult]:
    """Start the services, send the plan, and wait until all agrees or the time is up.

    Raises NotEmpty, LoadRefused, WrongConfiguration, or TimeoutError when the services do not become ready.
    """
    kafka = Kafka(deployment.settings)
    async with kafka.reader() as consumer, aiohttp.ClientSession(deployment.intake_url) as session:
        reader = TopicReader(consumer, choose_topics(QUEUES), kafka)
        if not await reader.begin():
            raise NotEmpty(
                f"the Kafka at {deployment.settings.kafka} holds events already; give the demo an empty one, or "
                "unset REDRESS_KAFKA and it brings its own"
            )
        for service in SERVICES:
            await deployment.start(service)
        async with asyncio.timeout(START_SECONDS):
            await deployment.wait_until_ready()
        planned = plan(COMPLAINTS, SEED, datetime.now(UTC) + timedelta(seconds=1))
        load = LoadGenerator(session, planned)
        demo = _DemoRun(planned, load, reader)
        beside = (
            reader.run(load.take_survey_request),
            load.answer_surveys(),
            demo.show(deployment, show),
            deployment.supervisor.wait(),
        )
        return await _run_beside(demo.play(), *beside)


@dataclass
class _DemoRun:
    """What has been sent and read so far."""

    planned: list[PlannedComplaint]
    load: LoadGenerator
    reader: TopicReader
    phase: str = "complaints arrive, agents answer, customers are asked"

    def __post_init__(self) -> None:
        self.expected = expect_results(self.planned)

    async def play(self) -> list[CheckResult]:
        """Send everything at its time, then wait until the services have processed it."""
        await self.load.send()
        self.phase = "all is sent: the last deadlines pass, the last surveys are answered"
        over = self.planned[-1].at + LAST_DEADLINE + LAST_SURVEY
        await asyncio.sleep((over - datetime.now(UTC)).total_seconds())
        self.phase = "waiting until all is through"
        return await self.settle()

    def check(self) -> list[CheckResult]:
        load = self.load
        accepted = Accepted(load.complaints, load.events, load.answers, load.accepted, load.reference_of)
        return check(self.planned, self.expected, accepted, self.reader.observed)

    async def settle(self) -> list[CheckResult]:
        """The results, once all have agreed for a while, or when the time is up."""
        give_up = monotonic() + THROUGH_SECONDS
        looks = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            results = self.check()
            agrees = await self.reader.has_caught_up() and all(result.agrees for result in results)
            looks = looks + 1 if agrees else 0
            if looks == SETTLED_LOOKS or monotonic() > give_up:
                return results

    async def show(self, deployment: Deployment, show: Show) -> None:
        """Show the current figures, for ever."""
        started = asked_at = monotonic()
        lag, accepted, rate = Counter[str](), 0, 0.0
        async with aiohttp.ClientSession() as session:
            while True:
                if monotonic() - asked_at >= 1.0:
                    lag = await read_lags(session, deployment.admin)
                    now = len(self.load.accepted)
                    rate, accepted = (now - accepted) / (monotonic() - asked_at), now
                    asked_at = monotonic()
                show(self._take_snapshot(monotonic() - started, rate, lag))
                await asyncio.sleep(LOOK_SECONDS)

    def _take_snapshot(self, seconds: float, rate: float, lag: Counter[str]) -> Snapshot:
        load, observed = self.load, self.reader.observed
        answers, satisfied = observed.count_scores("all").get("all", (0, 0))
        return Snapshot(
            phase=self.phase,
            seconds=seconds,
            complaints=load.complaints,
            events=load.events + load.answers,
            per_second=rate,
            routed=observed.count_routed(),
            waiting={queue: len(items) for queue, items in observed.list_queued().items()},
            open_clocks={clock: len(observed.list_open(clock)) for clock in CLOCKS},
            warnings={clock: len(observed.list_alerted(SlaWarning, clock)) for clock in CLOCKS},
            breaches={clock: len(observed.list_alerted(SlaBreached, clock)) for clock in CLOCKS},
            surveys=len(observed.surveys),
            answers=answers,
            satisfied=satisfied,
            lag=lag,
        )


async def _run_beside(work: Coroutine[Any, Any, T], *beside: Coroutine[Any, Any, None]) -> T:
    """What ``work`` returns. ``beside`` runs until then; if any of them fails, everything ends with its error."""
    main = asyncio.create_task(work)
    others = [asyncio.create_task(other) for other in beside]
    try:
        done, _ = await asyncio.wait([main, *others], return_when=asyncio.FIRST_COMPLETED)
        for other in done - {main}:
            other.result()
        return await main
    finally:
        for task in (main, *others):
            task.cancel()
        await asyncio.gather(main, *others, return_exceptions=True)
