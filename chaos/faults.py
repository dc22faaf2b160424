"""Carries out a schedule: the running system and faults in; what was really done out."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Sequence

from chaos.schedule import Fault, Kind
from chaos.system_under_test import PROCESSES, SystemUnderTest
from schemas.topics import COMPLAINT_EVENTS
from services.runtime.kafka import Kafka

RUNS_AGAIN_SECONDS = 90.0
"""The supervisor's longest pause, and a start on a busy machine."""
DELAY_SECONDS = 0.15
GROUP_OFFSETS = "__consumer_offsets"


class Faults:
    """``done`` counts what was done by kind. A worker that does not run when its fault comes is waited for."""

    def __init__(self, system: SystemUnderTest, tell: Callable[[str], None]) -> None:
        self.done: Counter[Kind] = Counter()
        self._system = system
        self._supervisor = system.deployment.supervisor
        self._tell = tell
        self._one_at_a_time = {name: asyncio.Lock() for name in PROCESSES}
        self._cluster_turn = asyncio.Lock()

    async def carry_out(self, faults: Sequence[Fault]) -> None:
        """All of them, each at its time, or as soon as its target is there; return when the last is undone."""
        begin = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, begin + fault.at - asyncio.get_running_loop().time()))
                group.create_task(self._carry_out(fault))

    async def _carry_out(self, fault: Fault) -> None:
        turn = self._one_at_a_time[fault.target] if fault.target in PROCESSES else self._cluster_turn
        async with turn:
            match fault.kind:
                case "worker killed" | "worker ended" | "worker frozen":
                    await self._to_worker(fault)
                case "broker killed" | "broker frozen":
                    await self._brokers_away(fault, await self._node(fault.target))
                case "all brokers killed" | "all brokers frozen":
                    await self._brokers_away(fault)
                case _:
                    await self._to_network(fault)
            self.done[fault.kind] += 1

    async def _to_worker(self, fault: Fault) -> None:
        name = fault.target
        async with asyncio.timeout(RUNS_AGAIN_SECONDS):
            while (pid := self._supervisor.pid(name)) is None:  # noqa: ASYNC110 - a process starts
                await asyncio.sleep(0.05)
        self._tell(f"{fault.kind}: {name}, process {pid}")
        match fault.kind:
            case "worker killed":
                self._supervisor.kill(name)
                while self._supervisor.pid(name) == pid:  # noqa: ASYNC110 - nobody is killed twice
                    await asyncio.sleep(0.05)
            case "worker ended":
                await self._supervisor.stop(name)
                await asyncio.sleep(fault.lasts)
                await self._system.start(name)
            case _:
                self._supervisor.kill(name, signal.SIGSTOP)
                await asyncio.sleep(fault.lasts)
                self._supervisor.kill(name, signal.SIGCONT)

    async def _brokers_away(self, fault: Fault, *nodes: int) -> None:
        """All nodes where none is named."""
        self._tell(f"{fault.kind}: {f'node {nodes[0]}, {fault.target}' if nodes else 'all nodes'}")
        cluster = self._system.cluster
        frozen = fault.kind.endswith("frozen")
        await asyncio.to_thread(cluster.pause if frozen else cluster.kill, *nodes)
        await asyncio.sleep(fault.lasts)
        await asyncio.to_thread(cluster.resume if frozen else cluster.start, *nodes)
        self._tell("the brokers are back")

    async def _to_network(self, fault: Fault) -> None:
        proxy = self._system.proxies[int(fault.target)]
        connections = proxy.connections
        match fault.kind:
            case "network delayed":
                proxy.delay_seconds = DELAY_SECONDS
            case "network cut":
                proxy.refuses = True
                proxy.cut()
            case _:
                proxy.half_close()
        self._tell(f"{fault.kind}: {connections} connections to node {fault.target}")
        await asyncio.sleep(fault.lasts)
        proxy.delay_seconds, proxy.refuses = 0.0, False

    async def _node(self, role: str) -> int:
        """Who has this role now; the first node where nobody does."""
        if role.isdigit():
            return int(role)
        if role == "controller":
            return self._system.cluster.controller or 1
        topic = GROUP_OFFSETS if role == "coordinator" else COMPLAINT_EVENTS.name
        async with Kafka(self._system.direct).admin() as admin:
            (described,) = await admin.describe_topics([topic])
        return next((one["leader"] for one in described["partitions"] if one["leader"] > 0), 1)
