"""What feedback measures, beside what every worker does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import nan

from prometheus_client import Counter, Gauge

from services.feedback.domain.rules import Rules
from services.feedback.domain.scores import compute_share
from services.feedback.domain.window import Window

ANSWERS = Counter("redress_feedback_answers_total", "Answers with a score, each once", ["metric"])
ANSWERS_EXPIRED = Counter(
    "redress_feedback_answers_expired_total", "Answers whose resolution never became known while they were held"
)
SURVEYS = Counter(
    "redress_feedback_surveys_total", "Resolution cycles by whether their customer was asked, or why not", ["decision"]
)
REMARKS = Counter(
    "redress_feedback_remarks_total",
    "Events and answers that had no effect, or another than was asked, by why: duplicate, forgotten, answer_held",
    ["reason"],
)
COUNTS = Counter(
    "redress_feedback_counts_total",
    "Changes of a window by what they did: counted, corrected (it had closed), too_late (it was forgotten)",
    ["outcome"],
)
SCORE = Gauge(
    "redress_feedback_score",
    "Satisfaction in the latest window of the first width in feedback.yaml: CSAT's share of 4 and 5",
    ["metric", "dimension", "value"],
)


@dataclass
class ScoreGauge:
    """Shows the latest window of the first width. A queue that is not declared names no metric: labels are closed."""

    rules: Rules
    queues: frozenset[str]
    shown: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def show(self, window: Window) -> None:
        """Take a window's sums as they stand now; a late correction of an earlier window changes nothing here."""
        metric, dimension, value, start, end = window.key
        if dimension == "queue" and value not in self.queues:
            return
        if self.rules.widths[0].find_window(start, self.rules.zone) != (start, end):
            return
        if start < self.shown.get((dimension, value), start):
            return
        self.shown[dimension, value] = start
        score = compute_share(window.counts).score
        SCORE.labels(metric, dimension, value).set(nan if score is None else score)
