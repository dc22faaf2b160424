"""How long alerts wait for a complaint's first routing: what is known of it in, when they fire all the same out."""

from __future__ import annotations

from services.sla_monitor.domain.decision import Moment
from services.sla_monitor.domain.fold.complaint_state import ComplaintState
from services.worktime.instants import SECOND

CLASSIFICATION_GRACE = 30 * SECOND
"""From the reception, or from when the partition first caught up after reading the complaint."""
CAUGHT_UP_WITHIN = 5 * SECOND
"""A partition whose time is this close to the wall clock has read all there is."""


def find_grace_end(complaint: ComplaintState, moment: Moment, *, stream_time: bool) -> int:
    """When the grace ends that begins now, in microseconds since 1970; 0 while it cannot begin.

    In stream time it begins with the reception: there is no wall clock that a partition could catch up with.
    """
    if stream_time:
        return complaint.opened.occurred + CLASSIFICATION_GRACE
    if moment.recorded - moment.now <= CAUGHT_UP_WITHIN:
        return moment.now + CLASSIFICATION_GRACE
    return 0
