"""A complaint's folded whole: when its policy began to hold, the queues it was in, and the cycles of its clocks."""

from __future__ import annotations

from services.sla_monitor.domain.fold.cycle_values import ClockCycle
from services.sla_monitor.domain.fold.stored_event import StoredEvent
from services.sla_monitor.domain.policy.match_fields import MatchFields


class ComplaintState:
    """A complaint as a whole. ``attached`` is when its policy began to hold, ``over`` when it ended for good.

    ``fields`` are what its policy matched on at last; ``queues`` the queue from each routing or correction on.
    """

    def __init__(
        self,
        opened: StoredEvent,
        attached: int,
        over: int | None,
        fields: MatchFields,
        queues: list[tuple[int, str | None]],
        cycles: list[ClockCycle],
        *,
        routed: bool,
    ) -> None:
        self.opened = opened
        self.attached = attached
        self.routed = routed
        self.over = over
        self.fields = fields
        self.queues = queues
        self.cycles = cycles

    def queue_at(self, when: int) -> str | None:
        """The queue it was in then, or would have been without a breach."""
        for since, queue in reversed(self.queues):
            if since <= when:
                return queue
        return None
