"""The greatest load that the workers keep up with: a deployment in; that load, and the first that was tried, out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.day.deployed import Deployed
from bench.day.http_load import Answers
from bench.day.observer import observed
from bench.day.seen import Progress, Seen, rate
from bench.running import BenchError
from schemas.topics import COMPLAINTS_ROUTED, SLA_CLOCKS

STEP_SECONDS = 20.0
STEPS = 4
"""Each halves what is not known."""
ALLOWED_SECONDS = 0.1
"""The lag may grow by what is accepted in so long: two transactions are never in the same state."""
THIRD, END = 1 / 3, 1.0


@dataclass(frozen=True)
class Step:
    """One load: complaints a second from a third of its time to its end, and how many were behind at both.

    Behind are those that are accepted, and not yet both routed and with clocks.
    """

    accepted: float
    routed: float
    clocks: float
    behind_at_third: float
    behind_at_end: float

    @classmethod
    def of(cls, seen: Seen) -> Step:
        """What was seen of the load."""
        progress = Progress(seen)
        third, end = progress.instant(THIRD), progress.instant(END)
        topics = (COMPLAINTS_ROUTED.name, SLA_CLOCKS.name)
        routed, clocks = (rate(progress.visible(topic), third, end) for topic in topics)
        behind = [max(progress.behind(topic, at) for topic in topics) for at in (third, end)]
        return cls(rate(progress.accepted, third, end), routed, clocks, *behind)

    @property
    def held(self) -> bool:
        """Whether the lag did not grow."""
        return self.behind_at_end <= self.behind_at_third + ALLOWED_SECONDS * self.accepted


@dataclass(frozen=True)
class Saturation:
    """``closed_loop`` is the load without a rate, ``held`` the greatest that was held."""

    closed_loop: Step
    held: Step

    @property
    def rate(self) -> float:
        """Complaints a second that are accepted, routed and with clocks alike."""
        return min(self.held.accepted, self.held.routed, self.held.clocks)


def saturation(deployed: Deployed) -> Saturation:
    """Post as fast as is answered; where the workers do not keep up, search below that for what they hold."""
    return search(
        closed_loop=lambda: _step(deployed, lambda: deployed.load.closed_loop(STEP_SECONDS)),
        even=lambda asked: _step(deployed, lambda: deployed.load.even(asked, STEP_SECONDS)),
    )


def search(closed_loop: Callable[[], Step], even: Callable[[float], Step]) -> Saturation:
    """Halve the distance between what is held and what is not, STEPS times. ``even`` gets complaints a second.

    Raises BenchError when no step was held.
    """
    first = closed_loop()
    if first.held:
        return Saturation(first, first)
    held: Step | None = None
    low, high = 0.0, first.accepted
    for _ in range(STEPS):
        asked = (low + high) / 2
        step = even(asked)
        if step.held:
            low, held = asked, step
        else:
            high = asked
    if held is None:
        raise BenchError(f"the workers fall behind at {high:,.0f} complaints a second too")
    return Saturation(first, held)


def _step(deployed: Deployed, post: Callable[[], Answers]) -> Step:
    with observed(deployed.bench) as seen:
        post()
        deployed.settle()
    return Step.of(seen)
