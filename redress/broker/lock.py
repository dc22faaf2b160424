"""Rewrites jars.txt: resolves Kafka's jars with every version pinned, and notes each one's SHA-256.

Run ``python -m redress.broker.lock`` after changing a version in ROOTS.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from jgo.maven import Dependency, MavenContext

from redress.broker.jars import LOCK_FILE, Jar

Root = tuple[str, str, str]
"""A group, a name and a version."""

ROOTS: tuple[Root, ...] = (
    ("org.apache.kafka", "kafka_2.13", "4.1.1"),
    # Kafka logs through slf4j-api 1.7, and is silent without a binding made for that version.
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.2"),
    ("org.apache.logging.log4j", "log4j-core", "2.25.2"),
)
HEADER = """\
# The jars of Apache Kafka: group:artifact:version and SHA-256 of each.
# Made by `python -m redress.broker.lock`; not edited by hand.
"""


def resolve(folder: Path, roots: Iterable[Root]) -> list[Jar]:
    """Every jar that ``roots`` need at run time, downloaded into ``folder``."""
    context = MavenContext(repo_cache=folder, timeout=60)
    # raw: else jgo lets the dependency management of one root rule another (log4j's names an old kafka-clients).
    found, needed = context.resolver.resolve(
        [
            Dependency(context.project(group, name).at_version(version).artifact(), raw=True)
            for group, name, version in roots
        ]
    )
    return [
        Jar(
            dependency.groupId,
            dependency.artifactId,
            dependency.version,
            hashlib.sha256(dependency.artifact.resolve().read_bytes()).hexdigest(),
        )
        for dependency in [*found, *needed]
    ]


def main() -> None:
    """Write the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        lines = sorted(str(jar) for jar in resolve(Path(folder), ROOTS))
    LOCK_FILE.write_text(HEADER + "\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
