"""What a day's measurements are, in rounds: of one partition count, and of Kafka Streams in the router's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.day.loads import Load
from bench.day.processor_time import Used
from bench.day.saturation import Saturation
from bench.day.seen import Seen

RATES = (50.0, 200.0, 800.0)
PLAIN_RATE = 200.0
"""The load of an ordinary day, for which targets are set."""
FEW, MANY = 4, 16
"""Partitions."""
STREAMS = "Kafka Streams"
"""The process that does what the router does."""


@dataclass(frozen=True)
class Alerts:
    """With a policy whose clock has run out: what was seen at PLAIN_RATE, and at half of what saturates the day."""

    plain: Sequence[Seen]
    half: Sequence[Seen]


@dataclass(frozen=True)
class Day:
    """With one partition count. ``loads`` are by complaints a second, ``half`` are at half of the saturation."""

    loads: dict[float, list[Load]]
    idle: Sequence[Used]
    saturation: Saturation
    half: Sequence[Load]
    alerts: Alerts
