"""What the SLA monitor measures; labels are names of clocks, levels and reasons, from policies and code."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ALERTS = Counter(
    "redress_sla_monitor_alerts_total", "Warnings and breaches published, corrections included", ["clock", "level"]
)
DETECTION_LAG = Histogram(
    "redress_sla_monitor_detection_lag_seconds",
    "Time from when an alert fell due to when it was published",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86400.0),
)
DECISIONS = Counter(
    "redress_sla_monitor_decisions_total", "Events and timers processed, by what was decided", ["reason"]
)
OVERDUE_UNFIRED = Gauge(
    "redress_sla_monitor_overdue_unfired",
    "Complaints due before the partition's time and not processed yet",
)
PAUSES = Counter(
    "redress_sla_monitor_pauses_total",
    "Pauses that stopped a clock, by its complaint's queue and whether the clock's last tenth had begun",
    ["clock", "queue", "in_last_tenth"],
)
PACED = Gauge("redress_sla_monitor_paced", "Complaints whose alerts fell due during an outage and are still held back")
OPEN_CLOCKS = Gauge(
    "redress_sla_monitor_open_clocks", "Clocks that are running, paused, or breached and not ended", ["clock"]
)
