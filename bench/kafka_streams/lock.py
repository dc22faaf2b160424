"""Rewrites jars.txt: what Kafka Streams needs beside the broker's jars, and Eclipse's compiler.

Run ``python -m bench.kafka_streams.lock`` after the broker's version of Kafka has changed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.kafka_streams.build import LOCK_FILE
from redress.broker.jars import kafka_version, locked
from redress.broker.lock import resolve

UNUSED = frozenset({"rocksdbjni"})
"""71 MB for stores on disk; those of the bench are in memory."""
HEADER = """\
# Kafka Streams and a compiler, for the bench alone: group:artifact:version and SHA-256 of each jar.
# Made by `python -m bench.kafka_streams.lock`; not edited by hand.
"""


def main() -> None:
    roots = (
        ("org.apache.kafka", "kafka-streams", kafka_version()),
        ("org.eclipse.jdt", "ecj", "3.44.0"),
    )
    of_the_broker = {jar.name for jar in locked()}
    with tempfile.TemporaryDirectory() as folder:
        jars = [jar for jar in resolve(Path(folder), roots) if jar.name not in of_the_broker | UNUSED]
    LOCK_FILE.write_text(HEADER + "\n".join(sorted(map(str, jars))) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
