"""One Kafka transaction: outputs, changelog rows, dead letters and source offsets, committed together or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import aiokafka

from services.runtime.outbox import KafkaOutbox


@dataclass
class Transaction:
    """What a transaction is to hold.

    ``offsets`` are the next ones of each source; ``oldest`` is the timestamp of the first record processed.
    """

    outbox: KafkaOutbox
    offsets: dict[aiokafka.TopicPartition, int]
    records: int = 0
    oldest: int | None = None

    async def commit(self, producer: aiokafka.AIOKafkaProducer, group: str) -> None:
        """Return once it is committed. No offset is committed before the broker has acknowledged every output.

        ``group`` is named as the cluster knows it. Raises what the producer raises.
        """
        await producer.begin_transaction()
        await self.outbox.flush()
        # One after the other: offsets sent beside outputs fail now and then (NotEnoughReplicas).
        if self.offsets:
            await producer.send_offsets_to_transaction(self.offsets, group)
        await producer.commit_transaction()
