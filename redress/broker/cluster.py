"""A cluster of Apache Kafka on this machine: a home folder in; three nodes that may fail one by one out."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from redress.broker.errors import BrokerError
from redress.broker.home import Home
from redress.broker.node import LOOPBACK, Node
from redress.broker.server import Server

NODES = 3
PORTS_EACH = 3
HEAP = "256m"


class LocalCluster:
    """Three combined brokers and controllers with their data under ``<home>/kafka/<id>``, on loopback only.

    Topics have three replicas, of which two must have a record before it is acknowledged. A context manager, sync or
    async. A node that was killed or stopped starts again with its ports and its data; none outlives this process.

    Clients reach node ``n`` at its own port, or are sent to the n-th of the ports ``advertised``, where a proxy
    may stand. The nodes themselves, and who comes by ``direct``, use a second listener.
    """

    def __init__(self, home: Path, *, advertised: Sequence[int] = ()) -> None:
        self.folder = home.resolve() / "kafka"
        self._advertised = advertised
        self._home = Home(self.folder)
        self._cluster_id = secrets.token_urlsafe(16)
        self._servers: dict[int, Server] = {}

    @property
    def servers(self) -> Mapping[int, Server]:
        """The nodes by their id, once started."""
        if not self._servers:
            raise BrokerError("the cluster has not been started")
        return self._servers

    @property
    def bootstrap(self) -> str:
        """Where clients begin: ``127.0.0.1:PORT,...`` as advertised."""
        return ",".join(server.node.advertised for server in self.servers.values())

    @property
    def direct(self) -> str:
        """The same past every proxy."""
        return ",".join(server.node.direct for server in self.servers.values())

    @property
    def controller(self) -> int:
        """The node that leads the controllers, as the youngest of the nodes' own notes says; 0 in an election."""
        notes = self.folder.glob("*/data/__cluster_metadata-0/quorum-state")
        states = [json.loads(note.read_text(encoding="utf-8")) for note in notes]
        leading = max(states, key=lambda state: (state["leaderEpoch"], state["leaderId"]))
        return max(0, int(leading["leaderId"]))

    def start(self, *nodes: int) -> Self:
        """Start these nodes, or all of them, and return when they serve. Raises BrokerError if one fails."""
        try:
            self._home.own()
            self._servers = self._servers or self._choose_servers()
            chosen = self._chosen(nodes)
            # At once, not one after the other: alone, none of them finds a quorum.
            for server in chosen:
                server.launch(self._home.leash, cluster_id=self._cluster_id)
            for server in chosen:
                server.wait_until_started()
        except BaseException:
            self.close()
            raise
        return self

    def kill(self, *nodes: int) -> None:
        """End these nodes, or all of them, as a crash would (SIGKILL)."""
        for server in self._chosen(nodes):
            server.kill()

    def stop(self, *nodes: int) -> None:
        """End these nodes in an orderly way. Not all at once: the last would wait for a quorum to let them go."""
        for server in self._chosen(nodes):
            server.stop()

    def pause(self, *nodes: int) -> None:
        """Let these nodes stand (SIGSTOP)."""
        for server in self._chosen(nodes):
            server.pause()

    def resume(self, *nodes: int) -> None:
        """Let these nodes go on (SIGCONT)."""
        for server in self._chosen(nodes):
            server.resume()

    def close(self) -> None:
        """End all nodes, and give the folder free. What was acknowledged stands in their files."""
        for server in self._servers.values():
            server.kill()
        self._home.leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        try:
            return await asyncio.to_thread(self.start)
        except asyncio.CancelledError:
            await asyncio.to_thread(self.close)
            raise

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def _chosen(self, nodes: Iterable[int]) -> list[Server]:
        return [self.servers[number] for number in nodes] or list(self.servers.values())

    def _choose_servers(self) -> dict[int, Server]:
        ports = self._home.ports(NODES * PORTS_EACH)
        self._home.remember(ports)
        return {
            node.node_id: Server(node, self.folder / str(node.node_id), heap=HEAP)
            for node in _nodes(ports, self._advertised)
        }


def _nodes(ports: Sequence[int], advertised: Sequence[int]) -> list[Node]:
    each = list(zip(ports[::PORTS_EACH], ports[1::PORTS_EACH], ports[2::PORTS_EACH], strict=True))
    voters = tuple(f"{number}@{LOOPBACK}:{controller}" for number, (_, controller, _) in enumerate(each, start=1))
    return [
        Node(
            number,
            client,
            controller,
            voters,
            replication=len(each),
            direct_port=direct,
            advertised_port=advertised[number - 1] if advertised else None,
        )
        for number, (client, controller, direct) in enumerate(each, start=1)
    ]
