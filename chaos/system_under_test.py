"""What is to be broken: three brokers behind proxies, intake and two workers of each stateful service, as processes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos.proxy import Proxy
from redress.broker import LocalCluster, ports
from redress.broker.node import LOOPBACK
from redress.demo import scenario
from redress.deployment import Deployment, deployment
from redress.survey_keys import ensure_survey_keys
from services.registry import SERVICES, Service
from services.runtime.settings import RuntimeSettings

CONFIG = Path(scenario.__file__).parent / "config"
"""The demo's: deadlines of seconds, and surveys asked at once."""
PROCESSES: dict[str, tuple[Service, int]] = {
    service.name if instance == 1 else f"{service.name}-{instance}": (service, instance)
    for service in SERVICES
    for instance in range(1, 3 if service.stages else 2)
}
"""Every process by its name: its service, and its number. Of each worker there are two, of intake one."""


@dataclass(frozen=True)
class SystemUnderTest:
    """``direct`` are settings that lead past the proxies, for those who only look."""

    cluster: LocalCluster
    proxies: dict[int, Proxy]
    deployment: Deployment
    direct: RuntimeSettings

    async def start(self, name: str) -> None:
        """Start one process, for the first time or again after it was stopped."""
        service, instance = PROCESSES[name]
        await self.deployment.start(service, instance=instance)


@asynccontextmanager
async def start_system(home: Path, tell: Callable[[str, str], None]) -> AsyncIterator[SystemUnderTest]:
    """Everything started and ready; ends with the block. ``tell`` gets each line that a process prints."""
    ensure_survey_keys(home)
    fronts = ports.choose(3)
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(LocalCluster(home, advertised=fronts))
        proxies = {
            number: await stack.enter_async_context(Proxy(front, server.node.port))
            for front, (number, server) in zip(fronts, cluster.servers.items(), strict=True)
        }
        settings = RuntimeSettings(kafka=cluster.bootstrap, home=home, config=CONFIG)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")}
        intake = f"{LOOPBACK}:{ports.choose(1)[0]}"
        running = await stack.enter_async_context(
            deployment(settings, environment=environment, intake=intake, tell=tell)
        )
        made = SystemUnderTest(cluster, proxies, running, settings.model_copy(update={"kafka": cluster.direct}))
        for name in PROCESSES:
            await made.start(name)
        await running.wait_until_ready()
        yield made
