"""From the values of several rounds to their median and spread as text, whether a target is reached, and quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float], form: str = "{:,.0f}") -> str:
    """The median, with the lowest and the highest where there is more than one value."""
    if len(values) == 1:
        return form.format(values[0])
    return f"{form.format(median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def reached(values: Sequence[float], target: float) -> str:
    """Yes where the median is at the target or above, or the spread reaches it."""
    return "yes" if max(values) >= target else "no"


def within(values: Sequence[float], most: float) -> str:
    """Yes where the median is at ``most`` or below, or the spread reaches it."""
    return "yes" if min(values) <= most else "no"


def number(value: float) -> str:
    """A point of a curve, written out: 0.2, 20, 1,000,000."""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of them does not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
