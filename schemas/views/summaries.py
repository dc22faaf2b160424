"""From the records of feedback-summaries to the summary of each window, and counts added over windows."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from schemas.derived import FeedbackSummary
from schemas.views.latest_by_key import LatestByKey


class Summaries(LatestByKey[FeedbackSummary]):
    """All summaries. ``by_key`` holds them by the topic's key (dimension, value, window); adding: LatestByKey.

    >>> summaries = Summaries()
    >>> summaries.add("queue|billing|2026-11-02T12:00:00+00:00/2026-11-02T13:00:00+00:00", summary)
    >>> summaries.sum_windows("queue", timedelta(hours=1))
    {'billing': Counter({'n': 31, 'satisfied': 22, 'score_5': 15, ...})}
    """

    def sum_windows(self, dimension: str, width: timedelta) -> dict[str, Counter[str]]:
        """By value of the dimension, the integer counts of all windows that are ``width`` long.

        Deployments have windows of several widths, and an answer counts in one window of each: only windows of one
        width add up. A local day is 23 or 25 hours long where clocks change; there, add up hours.
        """
        sums: dict[str, Counter[str]] = {}
        for summary in self._latest.values():
            if summary.dimension == dimension and summary.window_end - summary.window_start == width:
                sums.setdefault(summary.value, Counter()).update(summary.counts)
        return sums
