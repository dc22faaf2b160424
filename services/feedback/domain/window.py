"""A window of satisfaction: its key, its sums as the dimension stage stores them, and an answer that counts in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from schemas.derived import DimensionCounted
from schemas.primitives import SurveyMetric


class WindowKey(NamedTuple):
    """One window of one value of one dimension. Start and end are in UTC."""

    metric: SurveyMetric
    dimension: str
    value: str
    start: datetime
    end: datetime

    @classmethod
    def of(cls, event: DimensionCounted) -> WindowKey:
        """The window whose counts ``event`` changes."""
        return cls(event.metric, event.dimension, event.value, event.window_start, event.window_end)

    @property
    def text(self) -> str:
        """The Kafka key: dimension, value, window."""
        return f"{self.dimension}|{self.value}|{self.start.isoformat()}/{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Window:
    """A window as stored: its sums, without zeros, and the event_id of the summary that stands for it, if any."""

    key: WindowKey
    counts: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0
    summary_id: str | None = None


class CountedAnswer(NamedTuple):
    """An answer's score, and a window in which it counts."""

    window: WindowKey
    score: int
