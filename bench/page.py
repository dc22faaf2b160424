"""docs/benchmarks.md: parts between marks, so that one section can be run again without the others."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.kafka_streams.build import java_version

LIBRARIES = ("aiokafka", "confluent-kafka", "faststream", "faust-streaming", "pydantic")
INTRODUCTION = """\
# Benchmarks

`make bench` writes this page and its plots; `python -m bench SECTION` writes one section. Figures depend on the
machine; ratios depend on it much less.
"""


def write(page: Path, parts: dict[str, str], order: list[str], *, kafka: str) -> None:
    """Put parts in their place. A page that is not there yet begins with the introduction."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    parts = {**{name: part for name in order if (part := _part(old, name))}, **parts}
    parts = {**parts, "machine": _machine(kafka)}
    marked = [
        f"<!-- {name} -->\n{parts[name].strip()}\n<!-- end -->\n" for name in [*order, "machine"] if name in parts
    ]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join([INTRODUCTION, *marked]), encoding="utf-8")


def _part(page: str, name: str) -> str | None:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    return found[1] if found else None


def _machine(kafka: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"""\
## The machine

{os.cpu_count()} cores ({_processor()}), {_memory_gib()} GiB of memory, {platform.system()} on {platform.machine()},
Python {platform.python_version()}; Apache Kafka and Kafka Streams {kafka} on Java {java_version()}, on the same
machine; {versions}. The latest section was measured on {datetime.now(UTC):%Y-%m-%d}.
"""


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return found[1] if found else platform.processor() or "unnamed"


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
