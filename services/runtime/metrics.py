"""What every worker measures; each name carries the label ``service``."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

RECORDS = Counter(
    "redress_runtime_records_total", "Records read, by what became of them", ["service", "topic", "outcome"]
)
RECORD_BATCH_SECONDS = Histogram(
    "redress_runtime_run_seconds", "Time to process the record batches of one fetch", ["service"], buckets=FAST
)
TRANSACTION_SECONDS = Histogram(
    "redress_runtime_transaction_seconds", "Time from begin to committed", ["service"], buckets=FAST
)
LAG_RECORDS = Gauge(
    "redress_runtime_lag_records",
    "Records between what is processed and the end",
    ["service", "topic", "partition"],
)
DEAD_LETTERS = Counter(
    "redress_runtime_dead_letters_total",
    "Records diverted to a dead letter topic",
    ["service", "topic", "reason"],
)
PAUSED_PARTITIONS = Gauge(
    "redress_runtime_paused_partitions", "Partitions past their dead letter limit", ["service", "topic"]
)
TIME_LAG_SECONDS = Gauge(
    "redress_runtime_time_lag_seconds",
    "How far a partition's time is behind the wall clock",
    ["service", "partition"],
)
REBALANCES = Counter("redress_runtime_rebalances_total", "Assignments received from the group", ["service"])
RECOVERY_SECONDS = Histogram(
    "redress_runtime_recovery_seconds",
    "Time from assignment of a partition to its first record or tick",
    ["service"],
    buckets=SLOW,
)
END_TO_END_SECONDS = Histogram(
    "redress_runtime_end_to_end_seconds",
    "Time from a record's acceptance to its effects' commit",
    ["service"],
    buckets=FAST + SLOW[8:],
)
