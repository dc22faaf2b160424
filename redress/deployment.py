"""One deployment on this machine: settings with a broker in; its topics and running services out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp

from redress.broker import ports
from redress.broker.node import LOOPBACK
from redress.supervisor.program import Program
from redress.supervisor.supervisor import Supervisor
from redress.topics import apply_topics
from services.registry import Service
from services.runtime.settings import RuntimeSettings

LOOK_AGAIN_SECONDS = 0.1
ANSWER_SECONDS = 5.0
TELL_SECONDS = 15.0
"""How long a process may take to become ready before it is told what it waits for, again and again."""


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

        Tells now and then of those that are not, and what they wait for. Raises WrongConfiguration when a service
        refuses to start.
        """
        addresses = {name: self.admin[name] for name in names or self.admin}
        ready = asyncio.create_task(_until_ready(addresses, self.supervisor.tell))
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
        "REDRESS_PREFIX": settings.prefix,
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


async def _until_ready(addresses: Mapping[str, str], tell: Callable[[str, str], None]) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    tell_at = began + TELL_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)) as session:
        for name, address in addresses.items():
            while obstacle := await _what_it_waits_for(session, address):
                if clock() >= tell_at:
                    tell(name, f"is not ready after {clock() - began:.0f} s: {obstacle}")
                    tell_at = clock() + TELL_SECONDS
                await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _what_it_waits_for(session: aiohttp.ClientSession, address: str) -> str | None:
    """None when the process is ready; what it says of itself otherwise."""
    url = f"http://{address}/readyz"
    try:
        async with session.get(url) as answer:
            return None if answer.status == HTTPStatus.OK else await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"{url} does not answer ({type(error).__name__})"
