"""One Kafka node as a value: what differs between nodes in, its server.properties out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

LOOPBACK = "127.0.0.1"
YEAR_MINUTES = 365 * 24 * 60


@dataclass(frozen=True)
class Node:
    """A combined broker and controller.

    ``voters`` are all controllers, as ``id@host:port``; ``data`` is a folder's name in the folder it runs in. Clients
    that come to ``port`` are sent to ``advertised_port`` if there is one, where a proxy stands. Other brokers come
    by ``direct_port`` if there is one, which sends nobody away.
    """

    node_id: int
    port: int
    controller_port: int
    voters: tuple[str, ...]
    replication: int
    data: str = "data"
    direct_port: int | None = None
    advertised_port: int | None = None

    @classmethod
    def alone(cls, port: int, controller_port: int) -> Node:
        """The one node of a cluster of one."""
        voter = f"1@{LOOPBACK}:{controller_port}"
        return cls(1, port, controller_port, voters=(voter,), replication=1)

    @property
    def address(self) -> str:
        """Where it listens to clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def advertised(self) -> str:
        """Where clients are told to find it."""
        return f"{LOOPBACK}:{self.advertised_port or self.port}"

    @property
    def direct(self) -> str:
        """Where other brokers find it."""
        return f"{LOOPBACK}:{self.direct_port or self.port}"

    @property
    def ports(self) -> tuple[int, ...]:
        """What it listens on."""
        return tuple(port for port in (self.port, self.controller_port, self.direct_port) if port)

    def write_properties(self, folder: Path, *, data: str | None = None) -> str:
        """Write its server.properties into ``folder``, with another data folder if one is named; its name."""
        file = folder / "server.properties"
        file.write_text(replace(self, data=data or self.data).properties(), encoding="ascii")
        return file.name

    def properties(self) -> str:
        """Its server.properties.

        Everything listens on loopback. Topics are declared, never made by a typing mistake. The internal
        topics have few partitions, so that a start is quick, and consumer groups do not wait for stragglers. A
        group's offsets outlive a year's rest: without them a worker whose table has rows refuses to start.
        """
        controller = f"{LOOPBACK}:{self.controller_port}"
        direct = ["DIRECT://" + self.direct] if self.direct_port else []
        settings = {
            "process.roles": "broker,controller",
            "node.id": self.node_id,
            "controller.quorum.voters": ",".join(self.voters),
            "listeners": ",".join(["CLIENTS://" + self.address, *direct, "CONTROLLER://" + controller]),
            "advertised.listeners": ",".join(["CLIENTS://" + self.advertised, *direct]),
            "inter.broker.listener.name": "DIRECT" if direct else "CLIENTS",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.data,
            # A node that was killed may register again when its old session has ended.
            "broker.session.timeout.ms": 3_000,
            "broker.heartbeat.interval.ms": 1_000,
            # At rest a controller writes a record at such intervals; at Kafka's own 500 ms it costs 0.5 % of a core.
            "metadata.max.idle.interval.ms": 5_000,
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.retention.minutes": YEAR_MINUTES,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": self.replication,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": self.replication,
            "transaction.state.log.min.isr": min(2, self.replication),
            "min.insync.replicas": min(2, self.replication),
            # Kafka's own default of 128 MiB is a quarter of the heap that this node gets.
            "log.cleaner.dedupe.buffer.size": 32 * 1024 * 1024,
            "num.network.threads": 2,
            "num.io.threads": 4,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())
