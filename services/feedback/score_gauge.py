"""The satisfaction that a worker shows now: windows of all partitions owned here in, the latest of each value out."""

from __future__ import annotations

from datetime import datetime
from math import nan
from typing import NamedTuple

from services.feedback.domain.rules import Rules
from services.feedback.domain.scores import compute_share
from services.feedback.domain.window import Window
from services.feedback.metrics import SCORE

Labels = tuple[str, str, str]
"""Metric, dimension and value."""


class Shown(NamedTuple):
    """The latest window of one partition: its start, and its score, NaN without answers."""

    start: datetime
    score: float


class ScoreGauge:
    """Shows the latest window of the first width. A queue that is not declared names no metric: labels are closed."""

    def __init__(self, rules: Rules, queues: frozenset[str]) -> None:
        self._rules = rules
        self._queues = queues
        self._shown: dict[object, dict[Labels, Shown]] = {}

    def show(self, owner: object, window: Window) -> None:
        """Take a window's sums as they stand now; a late correction of an earlier window changes nothing here.

        ``owner`` has the window's partition. The windows of one value are in several partitions.
        """
        metric, dimension, value, start, end = window.key
        if dimension == "queue" and value not in self._queues:
            return
        if self._rules.widths[0].find_window(start, self._rules.zone) != (start, end):
            return
        labels = metric, dimension, value
        shown = self._shown.setdefault(owner, {})
        if labels in shown and start < shown[labels].start:
            return
        score = compute_share(window.counts).score
        shown[labels] = Shown(start, nan if score is None else score)
        self._set(labels)

    def drop(self, owner: object) -> None:
        """The partition of ``owner`` has left: show its windows no longer."""
        for labels in self._shown.pop(owner, {}):
            self._set(labels)

    def _set(self, labels: Labels) -> None:
        windows = [shown[labels] for shown in self._shown.values() if labels in shown]
        if windows:
            SCORE.labels(*labels).set(max(windows, key=lambda window: window.start).score)
        else:
            SCORE.remove(*labels)
