"""Runs one application as a process: topics checked, Faust started, leases kept, until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import faust
import uvloop
from structlog import get_logger

from schemas.topics import OPERATOR_COMMANDS
from services.config.yaml_files import ConfigError
from services.runtime import logs
from services.runtime.admin import admin_server
from services.runtime.consumer import consumer_of
from services.runtime.fail_stop import WRONG_CONFIGURATION, fail_stop, fail_stop_on_error, refuse
from services.runtime.kafka import UNREACHABLE_SECONDS, Kafka
from services.runtime.leases import Leases
from services.runtime.names import changelog_name
from services.runtime.operator_commands import OperatorCommands
from services.runtime.run import Run
from services.runtime.settings import RuntimeSettings, S, settings_or_exit
from services.runtime.stage import Application

log = get_logger(__name__)

UNREACHABLE = 1
STOP_SECONDS = 5.0
RUNS_BUFFERED = 8
"""Runs per source that may wait: up to a second of work, which keeps the fetcher ahead, and some 70 MiB."""


def main(kind: type[S], build: Callable[[S], Application]) -> None:
    """Run the worker that ``build`` makes of its settings, until SIGTERM or SIGINT.

    Configuration that cannot be used is named, and nothing starts (exit 2).
    """
    settings = settings_or_exit(kind)
    logs.configure(settings.log)
    try:
        application, kafka = build(settings), Kafka(settings)
    except (ConfigError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(WRONG_CONFIGURATION)
    if "ssl_context" not in kafka.client:  # over TLS it lets an answer wait until the request times out
        # As the policy, so that the thread in which Faust fetches gets such a loop too.
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        asyncio.run(_run(application, kafka, settings))
    except asyncio.CancelledError:
        log.info("ended before it was connected")


async def _run(application: Application, kafka: Kafka, settings: RuntimeSettings) -> None:
    commands = OperatorCommands(application.group, kafka)
    leases = Leases(application, kafka, commands)
    ending = _ending()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            admin_server(settings.admin, lambda: (leases.ready, {"service": application.name, **leases.facts()}))
        )
        with _cancelled_by(ending), _ended_unless_answered(kafka):
            await _check_topics(application, kafka)
            async with asyncio.timeout(UNREACHABLE_SECONDS):
                following = await stack.enter_async_context(commands.follow())
        app = _faust_app(application, settings, kafka, leases)
        # Faust's threads would keep the process, and the group its member.
        with fail_stop_on_error("the worker failed"):
            await _work(app, leases, following, ending)
            await leases.close()
            await kafka.close()
            await _leave(app)
    log.info("ended")


async def _work(app: faust.App, leases: Leases, following: asyncio.Task[None], ending: asyncio.Future[None]) -> None:
    """Do what comes until told to end, and finish what is begun."""
    watching = asyncio.create_task(leases.require_assignment())  # before the start, which waits for an assignment
    await app.start()
    ticking = asyncio.create_task(leases.tick_forever(app.consumer.go_back))
    stopped = asyncio.create_task(app.wait_until_stopped())
    tune_collector()
    tasks = (ticking, watching, following, stopped)
    await asyncio.wait({ending, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        failed = next(task for task in tasks if task.done())
        fail_stop("the worker stopped by itself", failed.exception() or app.crash_reason)
    log.info("ending: finishing what is begun")
    ticking.cancel()
    watching.cancel()
    await leases.suspend()


async def _leave(app: faust.App) -> None:
    """Leaving the group spares the others the session timeout; everything is committed already."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()
    except TimeoutError:
        log.warning("Faust did not stop in time; all work is committed, so the process ends without it")
        logging.shutdown()
        os._exit(0)  # its threads would keep the process


async def _check_topics(application: Application, kafka: Kafka) -> None:
    sources = [topic for stage in application.stages for topic in stage.sources]
    names = {
        *(topic.name for topic in (*sources, *application.publishes)),
        *(topic.dead_letters.name for topic in sources),
        *(changelog_name(application.name, stage.name) for stage in application.stages),
        OPERATOR_COMMANDS.name,
    }
    await kafka.wait_until_reachable()
    faults = await kafka.missing_topics(names)
    if faults:
        for name, fault in sorted(faults.items()):
            log.critical("a topic is not as it should be: run `redress topics apply`", topic=name, fault=fault)
        sys.exit(WRONG_CONFIGURATION)


@contextmanager
def _ended_unless_answered(kafka: Kafka) -> Iterator[None]:
    """Brokers that refuse us, or do not answer in time, end the process."""
    try:
        yield
    except ConfigError as error:
        refuse(str(error))
    except TimeoutError:
        log.critical(
            "no broker answers: check REDRESS_KAFKA and the brokers", servers=kafka.client["bootstrap_servers"]
        )
        sys.exit(UNREACHABLE)


def _faust_app(application: Application, settings: RuntimeSettings, kafka: Kafka, leases: Leases) -> faust.App:
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
        stream_buffer_maxsize=RUNS_BUFFERED,
        stream_recovery_delay=0.0,
    )
    app.transport = consumer_of(leases, kafka.client)(app.conf.broker_consumer, app)
    app.producer_transport = app.transport
    for stage in application.stages:
        for topic in stage.sources:
            channel = app.topic(kafka.named(topic.name), key_serializer="raw", value_serializer="raw")
            app.agent(channel, name=f"{stage.name}-{topic.name}")(_agent(app, leases))
    return app


def _agent(app: faust.App, leases: Leases) -> Any:
    async def process_runs(stream: Any) -> None:
        async for run_ in stream:
            await _take(app, leases, run_)

    return process_runs


async def _take(app: faust.App, leases: Leases, run_: Run) -> None:
    """An exception that left an agent would lose the run: Faust acknowledges it and starts the agent again."""
    lease = leases.get(run_.partition.partition)
    if lease is None:
        return
    with fail_stop_on_error("a run could not be processed"):
        if not await lease.take(run_):
            await app.consumer.go_back(run_.partition)


def _ending() -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    ending: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ending.done():
            ending.set_result(None)

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, end)
    return ending


@contextmanager
def _cancelled_by(ending: asyncio.Future[None]) -> Iterator[None]:
    """Until it is connected there is nothing to finish: being told to end ends the block, whatever it waits for."""
    starting, waits = asyncio.current_task(), True

    def cancel(_: object) -> None:
        if starting and waits:
            starting.cancel()

    ending.add_done_callback(cancel)
    yield
    waits = False  # the callback may be on its way already


def tune_collector() -> None:
    """Rows and modules live as long as the process: looking at them again and again for garbage costs a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
