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

`python -m chaos {seeds} --seconds {seconds:g}` made this page on {datetime.now(UTC):%Y-%m-%d};
`make chaos` does the same. Figures are counts of these {len(results)} runs, on {os.cpu_count()} cores that brokers, \
services, load and checker
share.

**Violations: {violations}.** Services killed: {faults["worker killed"]}. Brokers killed: \
{_brokers(faults, "broker killed", "all brokers killed")}; \
frozen: {_brokers(faults, "broker frozen", "all brokers frozen")}.

## What was broken

Three Kafka nodes on loopback, each broker and controller, replication 3, two replicas to acknowledge. Intake, and two
workers each of router, sla_monitor and feedback, which reach the brokers through a proxy. A seed draws the faults;
the schedule is printed, and the same seed draws the same one again. What exactly is under way when a fault comes is
not repeatable.

| fault | all | {columns} |
|---|---|{"---|" * len(results)}
{_rows(results, faults)}
| processes started again by the supervisor | {sum(one.restarts for one in results)} | \
{" | ".join(str(one.restarts) for one in results)} |
| partitions paused by too much poison | {counts[PAUSES]} | \
{" | ".join(str(one.verdict.counts[PAUSES]) for one in results)} |

Workers are the processes of all services, intake included. A frozen one stands (SIGSTOP) for longer than its group's
session timeout: it wakes as a zombie whose partitions have another owner. Brokers are killed or frozen by role: who
leads the controllers, a partition of complaint-events, or the offsets of the groups; or by number. While they are
frozen their connections stand, and what is to be sent to them piles up.

## What was compared

Meanwhile a contact centre sends complaints and what becomes of them through intake, a tenth of it twice, and answers
surveys; a front-end publishes straight into complaint-events; and poison goes into three topics. Then, read back with
`isolation.level=read_committed`:

| compared | count |
|---|---|
{_table(counts)}

- Every event that intake answered with 202, or a broker acknowledged, is in its topic.
- Decisions, queue entries, tombstones, surveys: those that the services' own processors make in memory of the same
  input, each once; no other.
- Alerts: each publication once; those that stand are those of the deadlines that passed. They came a median of
  {median(late):.1f} s after their deadline, and at most {max(late):.1f} s: brokers and workers were down, and \
then had a backlog to read first.
- Tables, folded from the changelogs: equal to the fold of the input. What a row says of how often something was told
  on the way, and in which order its events came, is left out.
- Summaries: each the sum of the answers that count in it.
- Dead letters: one of each poisoned record for every group that reads it; no other. A partition that is
  given more poison than its groups bear pauses alone, and goes on when an operator allows it.
- Offsets: at every look not beyond the end of the log; at the end, all of it.

Retention that passes a worker's head, and topics that are deleted, are not among the faults: they lose records by
themselves. What a worker does then is held by `tests/broker/test_logs_that_shrink.py`.

That the checker finds what it should is tested by breaking readings by hand (`tests/chaos/test_checker.py`) and by
breaking the runtime: offsets committed before the outputs are acknowledged, a changelog that is skipped, a fence that
is ignored (`tests/chaos/test_broken_runtime.py`).
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
