"""What the SLA monitor measures; labels are names of clocks, levels and reasons, from policies and code."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ALERTS = Counter(
    "redress_sla_alerts_total", "Warnings and breaches published, corrections included", ["clock", "level"]
)
DETECTION_LAG = Histogram(
    "redress_sla_detection_lag_seconds",
    "Time from the instant of an alert to its detection",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86400.0),
)
DECISIONS = Counter("redress_sla_decisions_total", "Events and due instants looked at, by what was decided", ["reason"])
OPEN_CLOCKS = Gauge("redress_sla_open_clocks", "Clocks that run, are paused or have breached and not ended", ["clock"])
