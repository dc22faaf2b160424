"""Runs one application as a process: topics checked, Faust started, tasks processed, until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager

import faust
import uvloop
from structlog import get_logger

from schemas.topics import OPERATOR_COMMANDS
from services.config.yaml_files import ConfigError
from services.runtime import logs
from services.runtime.admin import admin_server
from services.runtime.fail_stop import WRONG_CONFIGURATION, fail_stop, fail_stop_on_error, refuse
from services.runtime.faust.app import faust_app
from services.runtime.faust.committed_offsets import CommittedOffsets, connected
from services.runtime.faust.consumer import WholeNumbers
from services.runtime.faust.generation_check import check_generation
from services.runtime.kafka import UNREACHABLE_SECONDS, Kafka
from services.runtime.names import changelog_name, new_transactional_id
from services.runtime.operator_commands import OperatorCommands
from services.runtime.settings import RuntimeSettings, S, settings_or_exit
from services.runtime.stage import Application
from services.runtime.takeover import Takeover
from services.runtime.tasks import NO_TASKS, Tasks
from services.runtime.transaction import KafkaTransactions

log = get_logger(__name__)

UNREACHABLE = 1
STOP_SECONDS = 5.0


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
    writer = kafka.named(new_transactional_id(application.name))
    ending = _ending()
    tasks: Tasks | None = None

    def readiness() -> tuple[bool, dict[str, object]]:
        facts = NO_TASKS if tasks is None else tasks.facts()
        return tasks is not None and tasks.ready, {"service": application.name, **facts}

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(admin_server(settings.admin, readiness))
        with _cancelled_by(ending), _ended_unless_answered(kafka):
            await _check_topics(application, kafka)
            async with asyncio.timeout(UNREACHABLE_SECONDS):
                following = await stack.enter_async_context(commands.follow())
                offsets = await stack.enter_async_context(connected(kafka.client))
                await _require_one_release(offsets, kafka.named(application.group))
                producer = await stack.enter_async_context(kafka.transactional_producer(writer))
        group = kafka.named(application.group)
        transactions = KafkaTransactions(producer, writer=writer, group=group, prefix=kafka.prefix)
        tasks = Tasks(application, kafka, commands.allowed, Takeover(offsets, group, log.info), transactions)
        check_generation(producer, lambda: tasks.membership)
        app = faust_app(application, settings, kafka, tasks, writer)
        # Faust's threads would keep the process, and the group its member.
        with fail_stop_on_error("the worker failed"):
            await _work(app, tasks, following, ending)
            await kafka.close()
            await _leave(app)
    log.info("ended")


async def _work(app: faust.App, tasks: Tasks, following: asyncio.Task[None], ending: asyncio.Future[None]) -> None:
    """Do what comes until told to end, and finish what is begun."""
    watching = asyncio.create_task(tasks.require_assignment())  # before the start, which waits for an assignment
    await app.start()
    ticking = asyncio.create_task(tasks.tick_forever(app.consumer.go_back))
    stopped = asyncio.create_task(app.wait_until_stopped())
    tune_collector()
    running = (ticking, watching, following, stopped)
    await asyncio.wait({ending, *running}, return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        failed = next(one for one in running if one.done())
        fail_stop("the worker stopped by itself", failed.exception() or app.crash_reason)
    log.info("ending: finishing what is begun")
    ticking.cancel()
    watching.cancel()
    await tasks.close()


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


async def _require_one_release(offsets: CommittedOffsets, group: str) -> None:
    """Ends the process beside workers that commit in another way: the coordinator would refuse this one, unnamed."""
    assignor = (await offsets.describe(group)).assignor
    if assignor not in ("", WholeNumbers.name):
        refuse(f"workers of another release run in {group} ({assignor}): stop all of them, then start this one")


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
