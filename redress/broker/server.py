"""One Kafka node as a child process: what it is and where it lives in; started, paused, killed and ended."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from redress.broker import ports
from redress.broker.errors import BrokerError
from redress.broker.java import Java
from redress.broker.node import LOOPBACK, Node
from redress.supervisor.leash import Leash

STARTED = "Kafka Server started"
START_SECONDS = 120
STOP_SECONDS = 30
LOOK_AGAIN_SECONDS = 0.05


class Server:
    """``node`` with its data in ``folder``; ``heap`` is what Java may use, as it takes it (``512m``)."""

    def __init__(self, node: Node, folder: Path, *, heap: str = "512m") -> None:
        self.node = node
        self.folder = folder
        self._java = Java(folder, heap=heap)
        self._process: subprocess.Popen[bytes] | None = None

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

    def launch(self, leash: Leash, *, cluster_id: str | None = None) -> None:
        """Begin to start; ``wait_until_started`` follows. A new node joins ``cluster_id``, or a cluster of its own."""
        if self.is_running:
            raise BrokerError(f"Kafka runs already, at {self.node.address}")
        self._refuse_taken_ports()
        self._format(leash, cluster_id or secrets.token_urlsafe(16))
        self._process = self._java.start(leash, ["kafka.Kafka", self.node.write_properties(self.folder)])

    def wait_until_started(self) -> None:
        """Return when clients are served. Raises BrokerError, with Kafka's last lines, if that fails."""
        give_up = time.monotonic() + START_SECONDS
        while STARTED not in self._java.output():
            if not self.is_running:
                self._refuse_taken_ports()  # by one that was quicker
                raise BrokerError(f"Kafka ended while it started.\n{self._java.last_words()}")
            if time.monotonic() > give_up:
                raise BrokerError(f"Kafka did not start within {START_SECONDS} s.\n{self._java.last_words()}")
            time.sleep(LOOK_AGAIN_SECONDS)

    def stop(self) -> None:
        """End in an orderly way (SIGTERM); SIGKILL after half a minute."""
        if self._process is not None and self.is_running:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End as a crash would (SIGKILL); ``launch`` brings it back on the same port with its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """Let it stand (SIGSTOP): its connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, one: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(one)

    def _refuse_taken_ports(self) -> None:
        for port in self.node.ports:
            if not ports.is_free(port):
                raise BrokerError(
                    f"port {port} on {LOOPBACK} is taken by another program; stop it, or choose another port"
                )

    def _format(self, leash: Leash, cluster_id: str) -> None:
        """Format the data folder, once; beside its place, so that an interrupted attempt leaves nothing."""
        data = self.folder / self.node.data
        if data.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        forming = f"{self.node.data}.forming"
        shutil.rmtree(self.folder / forming, ignore_errors=True)
        properties = self.node.write_properties(self.folder, data=forming)
        arguments = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "--config", properties]
        if self._java.start(leash, arguments).wait() != 0:
            raise BrokerError(f"Kafka cannot format {data}.\n{self._java.last_words()}")
        (self.folder / forming).rename(data)
