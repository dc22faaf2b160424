"""From the results of several runs to a page of Markdown: what was done, and what was counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from chaos.checker import PAUSES
from chaos.run import Result
from chaos.schedule import LASTING, Kind


def page(results: Sequence[Result], seconds: float) -> str:
    """The whole of docs/reliability.md. ``seconds`` is how long faults came in each run."""
    faults, counts = Counter[Kind](), Counter[str]()
    for result in results:
        faults.update(result.faults)
        counts.update(result.verdict.counts)
    late = [seconds_late for result in results for seconds_late in result.verdict.late] or [0.0]
    violations = sum(len(result.verdict.violations) for result in results)
    seeds = " ".join(f"--seed {result.seed}" for result in results)
    columns = " | ".join(str(result.seed) for result in results)
    return f"""\
# Reliability

`python -m chaos {seeds} --seconds {seconds:g}` wrote this page on {datetime.now(UTC):%Y-%m-%d};
`make chaos` does the same. The figures are counts of these {len(results)} runs, on {os.cpu_count()} cores that \
brokers, services, load and checker
share.

**Violations: {violations}.** Services killed: {faults["worker killed"]}. Brokers killed: \
{_brokers(faults, "broker killed", "all brokers killed")}; \
frozen: {_brokers(faults, "broker frozen", "all brokers frozen")}.

## What was broken

The deployment has three Kafka nodes on loopback, each broker and controller, with replication factor 3 and
`min.insync.replicas` 2; intake; and two workers each of router, sla_monitor and feedback. All reach the brokers
through a proxy. A seed determines the schedule of faults, which is printed; the same seed gives the same schedule.
What the processes are doing at the moment of a fault is not repeatable.

| fault | all | {columns} |
|---|---|{"---|" * len(results)}
{_rows(results, faults)}
| processes started again by the supervisor | {sum(one.restarts for one in results)} | \
{" | ".join(str(one.restarts) for one in results)} |
| partitions paused because of too many dead letters | {counts[PAUSES]} | \
{" | ".join(str(one.verdict.counts[PAUSES]) for one in results)} |

Workers here are the processes of all services, intake included. Killed means SIGKILL, ended SIGTERM, frozen SIGSTOP.
A worker is frozen for longer than its group's session timeout, so it resumes as a zombie whose partitions have
another owner. Brokers are chosen by number or by role: the active controller, the leader of a partition of
complaint-events, the coordinator of a group. The connections of a frozen broker stay open, so clients queue what they
want to send to it.

## What was compared

During the faults, a simulated contact centre sends complaints, lifecycle events and survey answers through intake, a
tenth of them twice. A front-end publishes directly to complaint-events. Poison pills (records that no service can
process) go to three topics. Then everything is read back with `isolation.level=read_committed` and compared:

| compared | count |
|---|---|
{_table(counts)}

- **Accepted events.** Every event that intake answered with 202, or that a broker acknowledged, is in its topic.
- **Decisions, queue items, tombstones, surveys.** They equal the output of the services' own processors, run in
  memory on the same input. Each occurs once, and there are no others.
- **Alerts.** Each is published once. The standing alerts are those of the deadlines that
  passed. They came a median of
  {median(late):.1f} s after their deadline, and at most {max(late):.1f} s, because brokers and workers \
were down, and then had a
  backlog to read first.
- **Tables.** Rebuilt from the changelogs, they equal the fold of the input. Parts of a row that depend on the order
  of arrival, such as the number of revisions published, are not compared.
- **Summaries.** Each is the sum of the answers that count in it.
- **Dead letters.** Each poison pill has one for every group that reads it, and no other record has any. A partition
  over its dead-letter limit pauses, the others go on; it continues when an operator allows it.
- **Offsets.** A committed offset is never beyond the end of its log, and at the end every record is committed.

Retention that deletes records before a worker reads them, and deleted topics, are not among the faults, because they
lose records by themselves. `tests/broker/test_logs_that_shrink.py` tests what a worker does then.

Two tests show that the checker finds violations: one changes the readings (`tests/chaos/test_checker.py`), one breaks
the runtime (`tests/chaos/test_broken_runtime.py`): offsets committed before the output is acknowledged, a changelog
that is skipped, fencing that is ignored.
"""


def _brokers(faults: Counter[Kind], one: Kind, every: Kind) -> str:
    return f"{faults[one]} times one of three, {faults[every]} times all"


def _rows(results: Sequence[Result], faults: Counter[Kind]) -> str:
    return "\n".join(
        f"| {kind} | {faults[kind]} | {' | '.join(str(result.faults[kind]) for result in results)} |"
        for kind in LASTING
    )


def _table(counts: Counter[str]) -> str:
    return "\n".join(f"| {subject} | {count:,} |" for subject, count in sorted(counts.items()))
