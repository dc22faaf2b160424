"""A complaint's folded whole: its history, when its policy began to hold, its queues, and the cycles of its clocks."""

from __future__ import annotations

from services.lifecycle.fold import Step
from services.lifecycle.history import History
from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.policy.policy_matching import PolicyMatch


class ComplaintState:
    """A complaint as a whole. ``attached`` is when its policy began to hold.

    ``history``, with its ``steps``, ends where what happened is forgotten; ``last`` is the one that stands at last.
    ``match`` is the policy that holds; ``queues`` the queue from each routing or correction on.
    """

    def __init__(
        self,
        history: History,
        last: History,
        steps: list[Step],
        attached: int,
        match: PolicyMatch,
        queues: list[tuple[int, str | None]],
        cycles: list[ClockCycle],
        *,
        routed: bool,
    ) -> None:
        self.history = history
        self.last = last
        self.steps = steps
        self.opened = history.opened
        self.attached = attached
        self.routed = routed
        self.match = match
        self.queues = queues
        self.cycles = cycles

    def queue_at(self, when: int) -> str | None:
        """The queue it was in then, or would have been without a breach."""
        for since, queue in reversed(self.queues):
            if since <= when:
                return queue
        return None

    def has_clock(self, name: str) -> bool:
        """Whether the policy that holds has a clock of this name."""
        return any(clock.name == name for clock in self.match.clocks)
