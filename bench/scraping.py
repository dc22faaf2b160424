"""The address of a process's metrics and a name in; the metric's values, read once a second, out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from bench.running import BenchError

SCRAPE_SECONDS = 1.0


@contextmanager
def scraped(address: str, name: str) -> Iterator[list[float]]:
    """The values that the metric has while the block runs, all its labels together, one a second.

    Raises BenchError, and what urlopen raises, at the end of the block.
    """
    values: list[float] = []
    ended = Event()

    def look() -> None:
        while not ended.wait(SCRAPE_SECONDS):
            with urlopen(address) as answer:  # noqa: S310 - our own process
                values.append(value(answer.read().decode(), name))

    with ThreadPoolExecutor(1) as executor:
        looking = executor.submit(look)
        try:
            yield values
        finally:
            ended.set()
        looking.result()


def value(text: str, name: str) -> float:
    """A metric's sum over all labels, in what a process tells Prometheus. Raises BenchError where it is not told."""
    samples = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]
    if not samples:
        raise BenchError(f"the process tells no {name}")
    return sum(samples)
