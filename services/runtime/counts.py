"""What happened in a transaction, kept until it is committed: only then it becomes metrics."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field

from prometheus_client import Counter, Histogram

from services.runtime import metrics


@dataclass
class Counts:
    """Counted by topic, and by metric with its labels."""

    outcomes: Tally[tuple[str, str]] = field(default_factory=Tally)
    dead_letters: Tally[tuple[str, str]] = field(default_factory=Tally)
    counters: Tally[tuple[Counter, tuple[str, ...]]] = field(default_factory=Tally)
    observations: list[tuple[Histogram, tuple[str, ...], float]] = field(default_factory=list)

    def publish(self, service: str) -> None:
        """Add them to the process's metrics."""
        for (topic, outcome), records in self.outcomes.items():
            metrics.RECORDS.labels(service, topic, outcome).inc(records)
        for (topic, reason), letters in self.dead_letters.items():
            metrics.DEAD_LETTERS.labels(service, topic, reason).inc(letters)
        for (counter, labels), by in self.counters.items():
            (counter.labels(*labels) if labels else counter).inc(by)
        for histogram, labels, value in self.observations:
            (histogram.labels(*labels) if labels else histogram).observe(value)
