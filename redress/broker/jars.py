"""Kafka's jars: the lock file in, verified files in the user's cache out; what is missing is downloaded."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs
from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from redress.broker.errors import BrokerError

LOCK_FILE = Path(__file__).with_name("jars.txt")
DOWNLOADS_AT_ONCE = 4
ATTEMPTS = 3
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Jar:
    """One line of the lock file."""

    group: str
    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.group}:{self.name}:{self.version} {self.sha256}"

    @property
    def filename(self) -> str:
        """The file's name in the cache."""
        return f"{self.name}-{self.version}.jar"


def locked(file: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars of a lock file, in its order."""
    lines = file.read_text(encoding="ascii").splitlines()
    return tuple(Jar(*re.split("[: ]", line)) for line in lines if not line.startswith("#"))


def kafka_version() -> str:
    """The version of Apache Kafka that the lock file names."""
    return next(jar.version for jar in locked() if jar.name == "kafka_2.13")


def cache_folder() -> Path:
    """Where the jars are kept: shared by all clones of one user."""
    return platformdirs.user_cache_path("redress") / "kafka-jars"


def ensure(folder: Path, jars: Sequence[Jar]) -> list[Path]:
    """The verified files of ``jars`` in ``folder``; what is missing or damaged is downloaded first.

    Two processes may do this at once: one downloads, the other waits. A file appears under its name only
    whole and verified. Raises BrokerError when a jar cannot be had, or is not the one that the lock file names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        wanted = [jar for jar in jars if not _is_sound(folder / jar.filename, jar)]
        if wanted:
            _download_all(folder, wanted)
    return [folder / jar.filename for jar in jars]


def _is_sound(file: Path, jar: Jar) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256


def _download_all(folder: Path, wanted: Sequence[Jar]) -> None:
    columns = TextColumn("fetching Apache Kafka, once for this user"), BarColumn(), MofNCompleteColumn()
    with (
        ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("jars", total=len(wanted))
        for _ in pool.map(partial(_download, folder), wanted):
            progress.advance(task)


def _download(folder: Path, jar: Jar) -> None:
    """Fetch a jar beside its place, and move it there when it is the right one."""
    import requests  # with jgo half a second to import, and needed once a machine

    for attempt in range(1, ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(dir=folder) as staging:
            try:
                file = _fetch(Path(staging), jar)
            except (requests.RequestException, RuntimeError) as error:
                if attempt < ATTEMPTS:
                    continue
                raise BrokerError(
                    f"cannot download {jar.filename} of Apache Kafka: {error}. Check the network and try again "
                    "(what is already there is kept), or name a running Kafka with REDRESS_KAFKA=host:port."
                ) from error
            if not _is_sound(file, jar):
                raise BrokerError(
                    f"the {jar.filename} that was downloaded is not the file that the lock file names (its "
                    "SHA-256 differs), so it is not used; something on the way here changes files"
                )
            file.replace(folder / jar.filename)
            return


def _fetch(staging: Path, jar: Jar) -> Path:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=staging, timeout=TIMEOUT_SECONDS)
    file: Path = context.project(jar.group, jar.name).at_version(jar.version).artifact().resolve()
    return file
