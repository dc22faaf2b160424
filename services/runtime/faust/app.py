"""The Faust application of a worker: one agent that takes what each fetch brings, from all sources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from services.runtime.fail_stop import fail_stop_on_error, refuse
from services.runtime.faust.consumer import FAUST_LOGGER, BatchConsumer, NoProducer
from services.runtime.kafka import Kafka
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application
from services.runtime.tasks import Tasks

FETCHES_BUFFERED = 8
"""Groups of record batches that may wait: up to a second of work, which keeps the fetcher ahead, and some 70 MiB."""


def faust_app(
    application: Application, settings: RuntimeSettings, kafka: Kafka, tasks: Tasks, writer: str
) -> faust.App:
    """One that reads the application's sources for ``tasks``; ``writer`` is the worker's name in its group.

    Ends the process where Faust's folder cannot be made.
    """
    folder = settings.home / "faust" / application.name
    try:
        folder.mkdir(parents=True, exist_ok=True)  # Faust makes the last of its folders only
    except OSError as error:
        refuse(f"REDRESS_HOME: {folder} cannot be made: {error.strerror}")
    app = faust.App(
        kafka.named(application.group),
        datadir=folder,
        broker=[f"kafka://{server}" for server in kafka.client["bootstrap_servers"]],
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_buffer_maxsize=FETCHES_BUFFERED,
        stream_recovery_delay=0.0,
    )
    attributes = {"client": kafka.client, "logger": FAUST_LOGGER, "tasks": tasks, "writer": writer}
    consumer = type("WorkersConsumer", (BatchConsumer,), attributes)
    transport = type("WorkersTransport", (driver.Transport,), {"Consumer": consumer, "Producer": NoProducer})
    app.transport = transport(app.conf.broker_consumer, app)
    app.producer_transport = app.transport
    names = [kafka.named(topic.name) for stage in application.stages for topic in stage.sources]
    channel = app.topic(*names, key_serializer="raw", value_serializer="raw")
    app.agent(channel, name=application.name)(_agent(app, tasks))
    return app


def _agent(app: faust.App, tasks: Tasks) -> Callable[[Any], Awaitable[None]]:
    async def process(stream: Any) -> None:
        async for batches in stream:
            # An exception that left an agent would lose them: Faust acknowledges them and starts the agent again.
            with fail_stop_on_error("record batches could not be processed"):
                for source in await tasks.process(batches):
                    await app.consumer.go_back(source)

    return process
