"""``redress demo``: a minute of load on real Kafka, watched live, and a summary that is checked."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from filelock import FileLock, Timeout
from rich.console import Console
from rich.live import Live

from redress.broker import LocalKafka, ports
from redress.broker.node import LOOPBACK
from redress.demo.check import CheckResult
from redress.demo.load import LoadRefused
from redress.demo.run import NotEmpty, Show, run
from redress.demo.view import Snapshot, render_line, render_screen, render_summary
from redress.deployment import deployment
from redress.supervisor.supervisor import WrongConfiguration
from redress.survey_keys import ensure_survey_keys
from services.runtime.settings import RuntimeSettings

CONFIG = Path(__file__).parent.parent / "demo" / "config"
PLAIN_LINE_SECONDS = 5.0
LAST_LINES = 15


@click.command()
def demo() -> None:
    """A minute of load on real Kafka, watched live, and a summary checked against what was sent.

    Broker, services and data are the demo's own, under `demo` in REDRESS_HOME, made anew each time. REDRESS_KAFKA
    names another Kafka, which has to be empty. Exit 0 if all numbers agree, 1 if any does not.
    """
    outer = RuntimeSettings()
    home = outer.home / "demo"
    console = Console(highlight=False)
    with _alone(home):
        settings = RuntimeSettings(kafka=outer.kafka, prefix=outer.prefix, home=home, config=CONFIG, time="wall")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with _kafka(settings, console) as (connected, which):
            results = _play(connected, console, which)
            _conclude(results, console, which, home)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """The home folder, emptied, and nobody else's while the demo runs."""
    home.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.parent / "demo.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise click.ClickException(f"another demo runs in {home}; wait for it, or set REDRESS_HOME") from None
    with lock:
        shutil.rmtree(home, ignore_errors=True)
        (home / "logs").mkdir(parents=True)
        yield


@contextmanager
def _kafka(settings: RuntimeSettings, console: Console) -> Iterator[tuple[RuntimeSettings, str]]:
    """The settings with a Kafka in them, and what it is."""
    if settings.kafka:
        yield settings, f"the Kafka at {settings.kafka}"
        return
    local = LocalKafka(settings.home)
    which = f"Apache Kafka {local.version}"
    console.print(f"starting {which} in {local.folder}")
    with local:
        yield settings.model_copy(update={"kafka": local.bootstrap}), which


def _play(settings: RuntimeSettings, console: Console, which: str) -> list[CheckResult]:
    log = settings.home / "logs" / "services.log"
    # What this process's own Kafka clients log does not belong on the screen.
    logging.basicConfig(filename=log.with_name("demo.log"), level=logging.WARNING, force=True)
    console.print(f"starting the services; their logs are in {log}")
    try:
        with log.open("w", encoding="utf-8") as file, _show_progress(console, f"Redress on {which}") as show:
            return asyncio.run(_run(settings, file, show))
    except* (LoadRefused, NotEmpty, WrongConfiguration, TimeoutError) as errors:
        first = str(errors.exceptions[0]) or "the services did not become ready in time"
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-LAST_LINES:])
        raise click.ClickException(f"{first}\nThe last lines of {log}:\n{last}") from None


async def _run(settings: RuntimeSettings, log: IO[str], show: Show) -> list[CheckResult]:
    def tell(name: str, text: str) -> None:
        log.write(f"{name} | {text}\n")

    ensure_survey_keys(settings.home)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
    intake = f"{LOOPBACK}:{ports.choose(1)[0]}"
    async with deployment(settings, environment=environment, intake=intake, tell=tell) as running:
        return await run(running, show)


@contextmanager
def _show_progress(console: Console, title: str) -> Iterator[Show]:
    """A live screen on a terminal, else a plain line every few seconds."""
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield lambda now: live.update(render_screen(now, title), refresh=True)
        return
    last = -PLAIN_LINE_SECONDS

    def show(now: Snapshot) -> None:
        nonlocal last
        if now.seconds - last >= PLAIN_LINE_SECONDS:
            last = now.seconds
            console.print(render_line(now), soft_wrap=True)
            sys.stdout.flush()

    yield show


def _conclude(results: list[CheckResult], console: Console, which: str, home: Path) -> None:
    console.print(render_summary(results))
    differing = [result for result in results if not result.agrees]
    console.print(f"\nThis ran on {which}. Data and logs are in {home.resolve()}.", soft_wrap=True)
    if differing:
        subjects = ", ".join(result.subject for result in differing)
        console.print(f"These numbers do not agree: {subjects}.", style="bold red", soft_wrap=True)
        raise click.exceptions.Exit(1)
    console.print("Every number agrees with what was sent.", style="bold green")
