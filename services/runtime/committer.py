"""Commits what all tasks of a worker have done: one transaction after the other, beside their work.

As Kafka Streams' exactly_once_v2 does (KIP-447): one producer and one transaction for all partitions, timers and
stages. For each task that has done anything it holds the offsets of all its sources, even if only a timer wrote, since
they are what the group's coordinator refuses of a worker that it has gone on without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic, time

from services.runtime import metrics
from services.runtime.fail_stop import fail_stop_on_error
from services.runtime.task import Task
from services.runtime.transaction import TransactionOutbox, Transactions

COMMIT_SECONDS = 0.15
"""From one transaction's beginning to the next one's, at least (Kafka Streams: commit.interval.ms, 100 under EOS).

A transaction costs client and brokers some milliseconds, however little it holds: many small ones keep them so busy
that under load everything comes later. In step with what a fetch gathers (faust/pace.py, docs/decisions.md).
"""
RECORDS_AHEAD = 20_000
"""Records to process while a transaction is being committed; then processing waits for the commit."""


@dataclass
class Pending:
    """What the next transaction will hold; ``oldest`` is the timestamp of the first record processed."""

    outbox: TransactionOutbox
    records: int = 0
    oldest: int | None = None


class Committer:
    """The transactions of one worker."""

    def __init__(self, service: str, tasks: Callable[[], Collection[Task]], transactions: Transactions) -> None:
        self.pending = Pending(transactions.outbox())
        self._service = service
        self._tasks = tasks
        self._transactions = transactions
        self._committing: asyncio.Task[None] | None = None
        self._began = 0.0

    async def commit_soon(self) -> None:
        """Commit beside the work: what is finished meanwhile goes into the next transaction."""
        if self._committing is None:
            if self._dirty():
                self._committing = asyncio.create_task(self._commit())
        elif self.pending.records >= RECORDS_AHEAD:
            # Shielded: work that is cancelled while it waits would cancel the transaction of the work before it.
            await asyncio.shield(self._committing)

    async def drain(self) -> None:
        """Return once all that was done is committed."""
        await self.commit_soon()
        while self._committing is not None:
            await asyncio.shield(self._committing)

    def _dirty(self) -> list[Task]:
        return [task for task in self._tasks() if task.dirty]

    async def _commit(self) -> None:
        try:
            with fail_stop_on_error("a transaction failed"):
                while self._dirty():
                    await asyncio.sleep(self._began + COMMIT_SECONDS - monotonic())
                    await self._commit_once(self._dirty())
        finally:
            self._committing = None

    async def _commit_once(self, tasks: Collection[Task]) -> None:
        pending, self.pending = self.pending, Pending(self._transactions.outbox())
        wall = int(time() * 1000)
        taken = {task: task.take(pending.outbox, wall) for task in tasks}
        offsets = {source: offset for done in taken.values() for source, offset in done.offsets.items()}
        self._began = monotonic()
        await self._transactions.commit(pending.outbox, offsets)
        metrics.TRANSACTION_SECONDS.labels(self._service).observe(monotonic() - self._began)
        for task, done in taken.items():
            task.committed(done.offsets, self._transactions.writer)
            for counts in done.counts:
                counts.publish(self._service)
        if pending.oldest is not None:
            seconds = max(0, int(time() * 1000) - pending.oldest) / 1000
            metrics.END_TO_END_SECONDS.labels(self._service).observe(seconds)
