"""The demo from its start to its verdict: a broker's settings in; a screen, and findings, out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

import aiohttp

from redress.demo.check import Finding, Sent, findings
from redress.demo.lag import lags
from redress.demo.load import Load
from redress.demo.scenario import CLOCKS, LAST_DEADLINE, QUEUES, Planned, expected, plan
from redress.demo.view import Snapshot
from redress.demo.watcher import Watcher, watched_topics
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
"""How long the services may need, after the last deadline, until all that was sent is through."""
LOOK_SECONDS = 0.25
SETTLED_LOOKS = 8
"""How often in a row everything has to agree, so that what comes twice has the time to come."""

T = TypeVar("T")

Show = Callable[[Snapshot], None]


class NotEmpty(Exception):
    """The cluster holds events already, so that the demo could not tell its own from them."""


async def run(deployment: Deployment, show: Show) -> list[Finding]:
    """Start the services, send the plan, and wait until all agrees or the time is up.

    Raises NotEmpty, Refused, WrongConfiguration, or TimeoutError when the services do not become ready.
    """
    kafka = Kafka(deployment.settings)
    async with kafka.reader() as consumer, aiohttp.ClientSession(deployment.intake_url) as session:
        watcher = Watcher(consumer, watched_topics(QUEUES), kafka)
        if not await watcher.begin():
            raise NotEmpty(
                f"the Kafka at {deployment.settings.kafka} holds events already; give the demo an empty one, or "
                "unset REDRESS_KAFKA and it brings its own"
            )
        for service in SERVICES:
            await deployment.start(service)
        async with asyncio.timeout(START_SECONDS):
            await deployment.wait_until_ready()
        planned = plan(COMPLAINTS, SEED, datetime.now(UTC) + timedelta(seconds=1))
        load = Load(session, planned)
        stage = _Stage(planned, load, watcher)
        beside = (
            watcher.run(load.asked),
            load.answer_surveys(),
            stage.show(deployment, show),
            deployment.supervisor.wait(),
        )
        return await _while(stage.play(), *beside)


@dataclass
class _Stage:
    """What is sent and what is seen, at any instant."""

    planned: list[Planned]
    load: Load
    watcher: Watcher
    phase: str = "complaints arrive, agents answer, customers are asked"

    def __post_init__(self) -> None:
        self.expected = expected(self.planned)

    async def play(self) -> list[Finding]:
        """Send everything at its time; then see it through."""
        await self.load.send()
        self.phase = "all is sent: the last deadlines pass, the last surveys are answered"
        over = self.planned[-1].at + LAST_DEADLINE + LAST_SURVEY
        await asyncio.sleep((over - datetime.now(UTC)).total_seconds())
        self.phase = "waiting until all is through"
        return await self.settle()

    def findings(self) -> list[Finding]:
        load = self.load
        sent = Sent(load.complaints, load.events, load.answers, load.accepted, load.reference_of)
        return findings(self.planned, self.expected, sent, self.watcher.observed)

    async def settle(self) -> list[Finding]:
        """The findings, once they have agreed for a while, or when the time is up."""
        give_up = monotonic() + THROUGH_SECONDS
        looks = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found = self.findings()
            agrees = await self.watcher.caught_up() and all(finding.agrees for finding in found)
            looks = looks + 1 if agrees else 0
            if looks == SETTLED_LOOKS or monotonic() > give_up:
                return found

    async def show(self, deployment: Deployment, show: Show) -> None:
        """Show how it stands, for ever."""
        started = asked_at = monotonic()
        lag, accepted, rate = Counter[str](), 0, 0.0
        async with aiohttp.ClientSession() as session:
            while True:
                if monotonic() - asked_at >= 1.0:
                    lag = await lags(session, deployment.admin)
                    now = len(self.load.accepted)
                    rate, accepted = (now - accepted) / (monotonic() - asked_at), now
                    asked_at = monotonic()
                show(self._snapshot(monotonic() - started, rate, lag))
                await asyncio.sleep(LOOK_SECONDS)

    def _snapshot(self, seconds: float, rate: float, lag: Counter[str]) -> Snapshot:
        load, observed = self.load, self.watcher.observed
        answers, satisfied = observed.scores("all").get("all", (0, 0))
        return Snapshot(
            phase=self.phase,
            seconds=seconds,
            complaints=load.complaints,
            events=load.events + load.answers,
            per_second=rate,
            routed=observed.routed(),
            waiting={queue: len(items) for queue, items in observed.waiting().items()},
            open_clocks={clock: len(observed.open(clock)) for clock in CLOCKS},
            warnings={clock: len(observed.standing(SlaWarning, clock)) for clock in CLOCKS},
            breaches={clock: len(observed.standing(SlaBreached, clock)) for clock in CLOCKS},
            surveys=len(observed.surveys),
            answers=answers,
            satisfied=satisfied,
            lag=lag,
        )


async def _while(work: Coroutine[Any, Any, T], *beside: Coroutine[Any, Any, None]) -> T:
    """What ``work`` returns, while ``beside`` goes on; the first that fails ends it all with its error."""
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
