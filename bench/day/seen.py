"""What a reader saw of a load: when each complaint was accepted and each output visible; ages and lag out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import mean

from bench.spread import quantile
from schemas.topics import COMPLAINTS_ROUTED, SLA_ALERTS, SLA_CLOCKS

OUTPUTS = (COMPLAINTS_ROUTED.name, SLA_CLOCKS.name, SLA_ALERTS.name)
LOOKS = 20
"""A lag goes up and down with each transaction. It is the mean of so many looks in the second that ends with it."""


@dataclass
class Seen:
    """Instants in seconds since 1970, by the complaint's key.

    ``accepted`` is what intake stamped on the record of complaint-events. ``visible`` is, by topic, when the reader
    had the complaint's first record there.
    """

    accepted: dict[bytes, float] = field(default_factory=dict)
    visible: dict[str, dict[bytes, float]] = field(default_factory=lambda: {topic: {} for topic in OUTPUTS})

    def has(self, count: int, topics: Sequence[str]) -> bool:
        """Whether so many complaints have come, each with an output in each of the topics."""
        return len(self.accepted) >= count and all(len(self.visible[topic]) >= count for topic in topics)

    def ages_ms(self, topic: str) -> list[float]:
        """Of each complaint with an output in the topic: milliseconds from accepted to visible."""
        visible = self.visible[topic]
        return [(visible[key] - at) * 1_000 for key, at in self.accepted.items() if key in visible]

    def age_ms(self, topic: str, share: float) -> float:
        """The age that a share of them does not exceed."""
        return quantile(self.ages_ms(topic), share)


class Progress:
    """Counts of what was seen by an instant; no complaint may come to ``seen`` any more."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    @cached_property
    def accepted(self) -> list[float]:
        """When each complaint was accepted, in order."""
        return sorted(self._seen.accepted.values())

    def visible(self, topic: str) -> list[float]:
        """When each complaint of the load had an output in the topic, in order."""
        visible = self._seen.visible[topic]
        return sorted(visible[key] for key in self._seen.accepted if key in visible)

    def instant(self, share: float) -> float:
        """When that share of the load's time was over."""
        first, last = self.accepted[0], self.accepted[-1]
        return first + share * (last - first)

    def behind(self, topic: str, at: float) -> float:
        """How many complaints were accepted and not yet visible in the topic."""
        visible = self.visible(topic)
        looks = [at - look / LOOKS for look in range(LOOKS)]
        return mean(bisect_right(self.accepted, look) - bisect_right(visible, look) for look in looks)


def rate(instants: Sequence[float], since: float, until: float) -> float:
    """How many of the instants, which are in order, lie within a second of that time."""
    return (bisect_right(instants, until) - bisect_right(instants, since)) / (until - since)
