"""Apache Kafka as a child process: a home folder in, a running broker's address out."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Self

from redress.broker import jars
from redress.broker.errors import BrokerError
from redress.broker.home import Home
from redress.broker.node import Node
from redress.broker.server import Server


class LocalKafka:
    """One node of Apache Kafka with its data under ``<home>/kafka``, on loopback only.

    A context manager, sync or async; ``kill`` and ``start`` again keep port and data. Java does not outlive
    this process, whatever ends it. Without ``port`` a free one is chosen, and kept for later starts while it
    is free.
    """

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.folder = home.resolve() / "kafka"
        self.version = jars.kafka_version()
        self.log = self.folder / "logs" / "kafka.log"
        self._fixed_port = port
        self._home = Home(self.folder)
        self._started: Server | None = None
        self._turn = threading.RLock()

    @property
    def bootstrap(self) -> str:
        """``127.0.0.1:PORT``, once started."""
        return self._server.node.address

    @property
    def pid(self) -> int:
        """The process id of the Java that runs, or ran last."""
        return self._server.pid

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._started is not None and self._started.is_running

    def start(self) -> Self:
        """Start, and return when clients are served. Raises BrokerError, with Kafka's last lines, if it fails."""
        with self._turn:
            if self.is_running:
                raise BrokerError(f"Kafka runs already, at {self.bootstrap}")
            try:
                self._home.own()
                self._started = self._started or Server(self._choose_node(), self.folder)
                self._started.launch(self._home.leash)
                self._started.wait_until_started()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """End Kafka in an orderly way, and give its folder free."""
        with self._turn:
            if self._started is not None:
                self._started.stop()
            self._home.leave()

    def kill(self) -> None:
        """End Kafka as a crash would (SIGKILL). ``start`` brings it back on the same port with its data."""
        self._server.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        try:
            return await asyncio.to_thread(self.start)
        except asyncio.CancelledError:
            await asyncio.to_thread(self.stop)
            raise

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def _server(self) -> Server:
        if self._started is None:
            raise BrokerError("Kafka has not been started")
        return self._started

    def _choose_node(self) -> Node:
        client, controller = self._home.ports(2)
        if self._fixed_port:
            client, controller = self._fixed_port, controller if controller != self._fixed_port else client
        self._home.remember([client, controller])
        return Node.alone(client, controller)
