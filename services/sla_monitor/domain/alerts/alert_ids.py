"""From a complaint, a clock, its cycle and a threshold to the id of the alert, which all its revisions share."""

from __future__ import annotations

from functools import lru_cache

from schemas.ids import derived_id, unpack_id
from services.sla_monitor.domain.alerts.published import AlertKey


def derive_alert_id(complaint_id: str, key: AlertKey) -> str:
    """The same for the same complaint, clock, cycle and threshold, however often the alert is revised or replayed."""
    return derived_id(complaint_id, key.clock, cycle_text(key.cycle), str(key.threshold))


@lru_cache(maxsize=1_024)
def cycle_text(cycle: bytes) -> str:
    """The cycle's id as text. Cached, because the clocks of a complaint share a few cycles."""
    return unpack_id(cycle)
