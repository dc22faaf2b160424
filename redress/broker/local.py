"""Apache Kafka as a child process: a home folder in, a running broker's address out."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from redress.broker import jars, ports
from redress.broker.errors import BrokerError
from redress.broker.java import Java
from redress.broker.node import LOOPBACK, Node
from redress.supervisor.leash import Leash

STARTED = "Kafka Server started"
START_SECONDS = 120
STOP_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.05


class LocalKafka:
    """One node of Apache Kafka with its data under ``<home>/kafka``, on loopback only.

    A context manager, sync or async; ``kill`` and ``start`` again keep port and data. Java does not outlive
    this process, whatever ends it. Without ``port`` a free one is chosen, and kept for later starts while it
    is free.
    """

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.folder = home.resolve() / "kafka"
        self.version = jars.kafka_version()
        self._java = Java(self.folder)
        self._fixed_port = port
        self._node: Node | None = None
        self._leash: Leash | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # Not of one thread: an asyncio block starts and stops in whichever thread is free.
        self._owner = FileLock(self.folder / "owner.lock", thread_local=False)
        self._turn = threading.RLock()

    @property
    def bootstrap(self) -> str:
        """``127.0.0.1:PORT``, once started."""
        if self._node is None:
            raise BrokerError("Kafka has not been started")
        return self._node.address

    @property
    def pid(self) -> int:
        """The process id of the Java that runs, or ran last."""
        if self._process is None:
            raise BrokerError("Kafka has not been started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """The file that Kafka logs to."""
        return self._java.log

    def start(self) -> Self:
        """Start, and return when clients are served. Raises BrokerError, with Kafka's last lines, if it fails."""
        with self._turn:
            if self.is_running:
                raise BrokerError(f"Kafka runs already, at {self.bootstrap}")
            try:
                self._own_folder()
                self._leash = self._leash or Leash()
                self._node = self._node or self._choose_node()
                self._refuse_taken_ports(self._node)
                self._format(self._node, self._leash)
                self._run(self._node, self._leash)
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """End Kafka in an orderly way, and give its folder free."""
        with self._turn:
            if self._process is not None and self.is_running:
                self._process.terminate()
                try:
                    self._process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self.kill()
            if self._leash is not None:
                self._leash.close()
                self._leash = None
            self._owner.release()

    def kill(self) -> None:
        """End Kafka as a crash would (SIGKILL). ``start`` brings it back on the same port with its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

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

    def _own_folder(self) -> None:
        if self._owner.is_locked:  # killed, and started again
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._owner.acquire(timeout=0)
        except Timeout:
            raise BrokerError(
                f"another Redress process runs Kafka in {self.folder}; stop it, or set REDRESS_HOME to another folder"
            ) from None

    def _choose_node(self) -> Node:
        """Ports as demanded, else as last time, else free ones; written down for other commands and next time."""
        file = self.folder / "ports.json"
        remembered: list[int] = json.loads(file.read_text(encoding="ascii")) if file.exists() else []
        client, controller = remembered if remembered and all(map(ports.is_free, remembered)) else ports.choose(2)
        if self._fixed_port:
            client, controller = self._fixed_port, controller if controller != self._fixed_port else client
        file.write_text(json.dumps([client, controller]), encoding="ascii")
        return Node.alone(client, controller)

    @staticmethod
    def _refuse_taken_ports(node: Node) -> None:
        for port in (node.port, node.controller_port):
            if not ports.is_free(port):
                raise BrokerError(
                    f"port {port} on {LOOPBACK} is taken by another program; stop it, or choose another port"
                )

    def _format(self, node: Node, leash: Leash) -> None:
        """Format the data folder, once; beside its place, so that an interrupted attempt leaves nothing."""
        data = self.folder / node.data
        if data.exists():
            return
        forming = f"{node.data}.forming"
        shutil.rmtree(self.folder / forming, ignore_errors=True)
        properties = node.write_properties(self.folder, data=forming)
        cluster = f"--cluster-id={secrets.token_urlsafe(16)}"
        formatting = self._java.start(leash, ["kafka.tools.StorageTool", "format", cluster, "--config", properties])
        if formatting.wait() != 0:
            raise BrokerError(f"Kafka cannot format {data}.\n{self._java.last_words()}")
        (self.folder / forming).rename(data)

    def _run(self, node: Node, leash: Leash) -> None:
        self._process = self._java.start(leash, ["kafka.Kafka", node.write_properties(self.folder)])
        give_up = time.monotonic() + START_SECONDS
        while STARTED not in self._java.output():
            if not self.is_running:
                self._refuse_taken_ports(node)  # by one that was quicker
                raise BrokerError(f"Kafka ended while it started.\n{self._java.last_words()}")
            if time.monotonic() > give_up:
                raise BrokerError(f"Kafka did not start within {START_SECONDS} s.\n{self._java.last_words()}")
            time.sleep(LOOK_AGAIN_SECONDS)
