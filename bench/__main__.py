"""``make bench``: every section on one real Kafka, each a part of docs/benchmarks.md; or those that are named."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from bench import curves, deadlines, latency, memory, open_complaints, page, throughput, ticks
from bench.day import section as day
from bench.door import section as door
from bench.plan import Plan, console
from bench.small import section as small
from redress.broker import LocalKafka

SECTIONS: dict[str, Callable[[Plan], str]] = {
    "throughput": throughput.run,
    "small": small.run,
    "workers": curves.workers,
    "partitions": curves.partitions,
    "payload": curves.payload,
    "door": door.run,
    "latency": latency.run,
    "day": day.run,
    "open": open_complaints.run,
    "ticks": ticks.run,
    "deadlines": deadlines.run,
    "memory": memory.run,
}
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


@click.command(context_settings={"show_default": True})
@click.argument("sections", nargs=-1, type=click.Choice(list(SECTIONS)))
@click.option("--complaints", default=200_000, help="How many the throughput is measured with; curves take shares.")
@click.option("--rounds", default=3, help="How often each row is run.")
@click.option("--records", default=10_000_000, help="How many the memory section writes.")
@click.option("--page", "file", default=PAGE, type=click.Path(path_type=Path), help="Where the page goes.")
def main(sections: tuple[str, ...], complaints: int, rounds: int, records: int, file: Path) -> None:
    """Measure all SECTIONS, or those named, and put their parts into the page; its plots go beside it."""
    for section in sections or SECTIONS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="redress-bench-") as home, LocalKafka(Path(home)) as kafka:
            console.rule(f"{section}, on Apache Kafka {kafka.version}")
            plots = file.with_suffix("")
            plan = Plan(kafka.bootstrap, kafka.version, Path(home), plots, complaints, rounds, records, kafka.pid)
            part = SECTIONS[section](plan)
        page.write(file, {section: part}, list(SECTIONS), kafka=kafka.version)
        console.print(f"{section} took {time.monotonic() - started:,.0f} s")


if __name__ == "__main__":
    main()
