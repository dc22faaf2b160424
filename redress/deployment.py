"""One deployment on this machine: settings with a broker in; its topics and running services out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp

from redress.broker import ports
from redress.broker.node import LOOPBACK
from redress.services import Service
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor
from redress.topics import apply_topics
from services.runtime.settings import RuntimeSettings

LOOK_AGAIN_SECONDS = 0.1


class TopicsDiffer(Exception):
    """The cluster's topics are not what this deployment needs; the message says how to go on."""


class Deployment:
    """The running services: start them, ask where they are and whether they are ready."""

    def __init__(
        self, settings: RuntimeSettings, supervisor: Supervisor, *, environment: Mapping[str, str], intake: str
    ) -> None:
        self.settings = settings
        self.supervisor = supervisor
        self.intake_url = f"http://{intake}"
        self.admin: dict[str, str] = {}
        self._environment = environment

    async def start(self, service: Service, *, instance: int = 1) -> str:
        """Start one process of a service; several instances share its work. Returns the process's name."""
        name = service.name if instance == 1 else f"{service.name}-{instance}"
        if name not in self.admin:
            demanded = self._environment.get(service.admin_variable) if instance == 1 else None
            self.admin[name] = demanded or f"{LOOPBACK}:{ports.choose(1)[0]}"
        environment = {**self._environment, service.admin_variable: self.admin[name]}
        await self.supervisor.start(Program(name, (sys.executable, "-m", service.module), environment))
        return name

    async def wait_until_ready(self, *names: str) -> None:
        """Return when these processes (all, when none is named) say that they are ready, however long that takes.

        Raises WrongConfiguration when a service refuses to start.
        """
        addresses = [self.admin[name] for name in names or self.admin]
        ready = asyncio.create_task(_until_ready(addresses))
        refused = asyncio.create_task(self.supervisor.wait())
        try:
            done, _ = await asyncio.wait([ready, refused], return_when=asyncio.FIRST_COMPLETED)
            for first in done:
                first.result()
        finally:
            ready.cancel()
            refused.cancel()


@asynccontextmanager
async def deployment(
    settings: RuntimeSettings, *, environment: Mapping[str, str], intake: str, tell: Callable[[str, str], None]
) -> AsyncIterator[Deployment]:
    """Topics made, and a supervisor for services that all have one configuration.

    ``environment`` is what services inherit, and ``intake`` is where its HTTP listens (host:port). ``tell`` gets
    their output: the process's name and a line. Ends every process with its block. Survey keys are the caller's
    part (``ensure_survey_keys``). Raises TopicsDiffer, ConfigError, KafkaError.
    """
    own = {
        "PYTHONUNBUFFERED": "1",
        "REDRESS_KAFKA": settings.kafka,
        "REDRESS_HOME": str(settings.home.resolve()),
        "REDRESS_TIME": settings.time,
        "REDRESS_PARTITIONS": str(settings.partitions),
        "REDRESS_INTAKE_HTTP": intake,
        **({"REDRESS_CONFIG": str(settings.config.resolve())} if settings.config else {}),
    }
    await _agree_on_topics(settings)
    async with Supervisor(tell) as supervisor:
        yield Deployment(settings, supervisor, environment={**environment, **own}, intake=intake)


async def _agree_on_topics(settings: RuntimeSettings) -> None:
    report = await apply_topics(settings)
    if not report.agrees:
        topics = ", ".join(sorted({difference.topic for difference in report.differences}))
        raise TopicsDiffer(
            f"these topics are not as this deployment needs them: {topics}. "
            "`redress topics apply` says what differs and what to do."
        )


async def _until_ready(addresses: Iterable[str]) -> None:
    async with aiohttp.ClientSession() as session:
        for address in addresses:
            while not await _is_ready(session, address):  # noqa: ASYNC110 - another process knows
                await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _is_ready(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"http://{address}/readyz") as answer:
            return answer.status == HTTPStatus.OK
    except aiohttp.ClientConnectionError:
        return False
