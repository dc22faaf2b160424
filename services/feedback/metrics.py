"""What feedback measures, beside what every worker does."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

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
