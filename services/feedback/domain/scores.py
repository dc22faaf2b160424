"""Scores: an answer goes in and integer counts come out; counts go in and a share with its interval comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from schemas.primitives import SurveyMetric

CSAT = range(1, 6)
SATISFIED = 4
Z_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 of ``n`` answers with its 95 % interval; without answers there is no share."""

    n: int
    score: float | None
    low: float | None
    high: float | None


def is_valid_score(metric: SurveyMetric, score: int) -> bool:
    """Whether ``score`` can be an answer. CSAT is 1 to 5; the other metrics are not asked for yet."""
    return metric == "csat" and score in CSAT


def count_score(score: int) -> dict[str, int]:
    """What one CSAT answer adds: to n, to the satisfied (4 and 5 of 5), and to its own score."""
    satisfied = {"satisfied": 1} if score >= SATISFIED else {}
    return {"n": 1, **satisfied, f"score_{score}": 1}


def compute_share(counts: Mapping[str, int]) -> Share:
    """The share of the satisfied in what was added up; none where the counts cannot be those of answers."""
    n, satisfied = counts.get("n", 0), counts.get("satisfied", 0)
    if n <= 0 or not 0 <= satisfied <= n:
        return Share(n, None, None, None)
    low, high = compute_wilson_interval(satisfied, n)
    return Share(n, satisfied / n, low, high)


def compute_wilson_interval(successes: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a proportion (Wilson 1927), honest at small n and near 0 and 1, unlike the normal one.

    ``n`` is at least 1 and ``successes`` at most ``n``; ``z`` is the normal quantile, 1.96 for 95 %.
    """
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if successes == n else min(1.0, (centre + half) / scale)
    return low, high
