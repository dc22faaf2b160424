"""`redress up`: the broker, the topics and all services in the foreground, their lines prefixed on stderr."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import cycle
from pkgutil import resolve_name

import click
from rich.console import Console
from rich.text import Text

from redress.broker import LocalKafka
from redress.deployment import Deployment, deployment
from redress.survey_keys import ensure_survey_keys
from services.registry import SERVICES
from services.runtime.settings import RuntimeSettings

INTAKE_HTTP = "127.0.0.1:8080"
LOOK_AGAIN_SECONDS = 0.5
COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "red")
STYLES = {"up": "bold"} | {service.name: colour for service, colour in zip(SERVICES, cycle(COLOURS), strict=False)}
WIDTH = max(map(len, STYLES))


@click.command()
def up() -> None:
    """Broker and all services in the foreground.

    Ctrl-C ends them in order. A service that ends is started again, after a pause that grows.
    """
    settings = RuntimeSettings()
    for service in SERVICES:
        resolve_name(service.settings)()  # what is wrong for one service is told before anything starts
    set_variables = {name: value for name, value in os.environ.items() if value}  # an empty one counts as unset
    environment = {"REDRESS_LOG": "console", **set_variables}
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # outside the loop too, SIGTERM is like Ctrl-C
    with suppress(KeyboardInterrupt), _kafka(settings) as kafka:
        connected = settings.model_copy(update={"kafka": kafka.bootstrap}) if kafka else settings
        asyncio.run(_run(connected, environment, kafka))


@contextmanager
def _kafka(settings: RuntimeSettings) -> Iterator[LocalKafka | None]:
    """A Kafka of our own, and then survey keys of our own too; or none, where the settings name one."""
    if settings.kafka:
        _tell("up", f"using Kafka at {settings.kafka}")
        yield None
        return
    if not os.environ.get("REDRESS_SURVEY_KEYS"):
        ensure_survey_keys(settings.home)
    kafka = LocalKafka(settings.home)
    _tell("up", f"starting Apache Kafka {kafka.version} in {kafka.folder}")
    with kafka:
        _tell("up", f"Kafka serves {kafka.bootstrap}, and logs to {kafka.log}")
        yield kafka
        _tell("up", "ending Kafka")


async def _run(settings: RuntimeSettings, environment: Mapping[str, str], kafka: LocalKafka | None) -> None:
    intake = environment.get("REDRESS_INTAKE_HTTP", INTAKE_HTTP)
    async with deployment(settings, environment=environment, intake=intake, tell=_tell) as running:
        tasks = [asyncio.create_task(_serve(running))]
        if kafka:
            tasks.append(asyncio.create_task(_keep(kafka)))
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, tasks[0].cancel)
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        _tell("up", "ending the services")
        with suppress(asyncio.CancelledError):
            ended.pop().result()


async def _serve(running: Deployment) -> None:
    for service in SERVICES:
        name = await running.start(service)
        _tell("up", f"{name}: health and metrics at http://{running.admin[name]}")
    _tell("up", f"intake: POST complaints to {running.intake_url}/v1/complaints")
    await running.wait_until_ready()
    _tell("up", "all services are ready; Ctrl-C ends them")
    await running.supervisor.wait()


async def _keep(kafka: LocalKafka) -> None:
    """Start Kafka again when it dies. The services wait for it, or are started again."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        if not kafka.is_running:
            _tell("up", "Kafka has died; starting it again")
            await asyncio.to_thread(kafka.start)
            _tell("up", f"Kafka serves {kafka.bootstrap} again")


_CONSOLE = Console(stderr=True, soft_wrap=True, highlight=False)


def _tell(name: str, line: str) -> None:
    style = STYLES.get(name, "")
    _CONSOLE.print(Text.assemble((f"{name:{WIDTH}} | ", style), Text.from_ansi(line)))
