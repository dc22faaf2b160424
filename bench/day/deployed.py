"""A whole deployment on the bench's Kafka: partitions in; its processes and what is posted to it out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from bench.day.http_load import COMPLAINT, HttpLoad
from bench.day.seen import OUTPUTS
from bench.peers import python
from bench.plan import Plan
from bench.running import Bench, BenchError, Running
from redress.broker import ports
from redress.broker.node import LOOPBACK
from redress.survey_keys import ensure_survey_keys
from services.registry import SERVICES, workers

BROKER = "broker"
WARM_UP_RATE, WARM_UP_SECONDS = 300.0, 60.0
QUIET_SECONDS, LOOK_SECONDS = 3.0, 0.5
SETTLE_SECONDS = 120.0
COMMANDS = {service.name: python(service.module) for service in SERVICES}


@dataclass(frozen=True)
class Deployed:
    """The deployment while it runs. ``processes`` are those whose processor time counts, by name, with the broker."""

    bench: Bench
    load: HttpLoad
    processes: Mapping[str, psutil.Process]

    def warm_up(self) -> None:
        """Post until the broker's Java has compiled what it needs."""
        self.load.even(WARM_UP_RATE, WARM_UP_SECONDS)
        self.settle()

    def settle(self) -> None:
        """Return once no output comes any more. Raises BenchError when that takes two minutes."""
        give_up = time.monotonic() + SETTLE_SECONDS
        ends, changed = self.bench.cluster.ends(OUTPUTS), time.monotonic()
        while time.monotonic() - changed < QUIET_SECONDS:
            if time.monotonic() > give_up:
                raise BenchError(f"outputs still come {SETTLE_SECONDS:g} s after a load")
            time.sleep(LOOK_SECONDS)
            before, ends = ends, self.bench.cluster.ends(OUTPUTS)
            changed = changed if ends == before else time.monotonic()


@contextmanager
def deployed(
    plan: Plan,
    partitions: int,
    environment: Mapping[str, str],
    *,
    complaint: dict[str, Any] = COMPLAINT,
    commands: Mapping[str, tuple[str, ...]] = COMMANDS,
) -> Iterator[Deployed]:
    """Empty topics, and one process of each command, ready, while the block runs; as `redress up` starts them.

    ``commands`` are by name; those of services have the service's name. Raises BenchError when one ends, or when
    h2load is missing.
    """
    http, *admin = (f"{LOOPBACK}:{port}" for port in ports.choose(1 + len(SERVICES)))
    addresses = dict(zip([service.admin_variable for service in SERVICES], admin, strict=True))
    load = HttpLoad(http, plan.home, complaint)
    bench = plan.bench({}, partitions=partitions, REDRESS_INTAKE_HTTP=http, **addresses, **environment)
    ensure_survey_keys(plan.home)
    bench.cluster.clear()
    bench.cluster.forget(*(f"redress-{service.name}" for service in workers()))
    with ExitStack() as stack:
        running = {name: stack.enter_context(bench.running(name, command)) for name, command in commands.items()}
        for service in SERVICES:
            if service.name in running:
                _wait_until_ready(running[service.name], addresses[service.admin_variable])
        processes = {name: psutil.Process(one.processes[0].pid) for name, one in running.items()}
        yield Deployed(bench, load, {BROKER: psutil.Process(plan.broker_pid), **processes})
        ended = [name for name, one in running.items() if one.processes[0].poll() is not None]
        if ended:
            raise BenchError(f"{', '.join(ended)} ended.\n{running[ended[0]].log.read_text()[-2_000:]}")


def _wait_until_ready(running: Running, address: str) -> None:
    def is_ready() -> bool:
        try:
            with urlopen(f"http://{address}/readyz") as answer:
                return bool(answer.status == HTTPStatus.OK)
        except URLError:  # not yet listening, or 503
            return False

    running.wait_for(is_ready)
