"""From a number of complaints, a start and a number of days to the instants at which they arrive, in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 9, 20, 30, 32, 27, 18, 22, 26, 25, 22, 20, 18, 19, 21, 17, 9, 3)
"""How many write in each hour of a local day: a peak before noon, one after lunch, one in the evening."""
BY_WEEKDAY = (1.35, 1.1, 1.0, 1.0, 1.05, 0.6, 0.5)
"""Monday brings what the weekend kept."""

HOUR = timedelta(hours=1)


def draw_arrivals(complaints: int, start: datetime, days: int, random: Random) -> Iterator[datetime]:
    """Draw ``complaints`` instants from ``start`` on, in order, more of them at busy hours; one at a time in memory."""
    hours = [start + HOUR * number for number in range(days * 24)]
    weights = list(accumulate((BY_HOUR[hour.hour] * BY_WEEKDAY[hour.weekday()] for hour in hours), initial=0.0))
    place = 0.0
    for left in range(complaints, 0, -1):
        # The least of `left` uniform draws above the last one: sorted draws without sorting.
        place = 1.0 - (1.0 - place) * random.random() ** (1.0 / left)
        mass = place * weights[-1]
        hour = min(bisect_right(weights, mass) - 1, len(hours) - 1)
        share = (mass - weights[hour]) / (weights[hour + 1] - weights[hour])
        yield (hours[hour] + HOUR * share).replace(microsecond=0)
