"""Prints who waits in a queue, one line each, most urgent first: ``queue_contents.py billing``."""

import asyncio
import os
import sys

from aiokafka import AIOKafkaConsumer

from schemas.topics import queue_topic
from schemas.views.queue_contents import QueueContents


async def main(queue: str) -> None:
    topic = queue_topic(queue)
    name = os.environ.get("REDRESS_PREFIX", "") + topic.name
    settings = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    contents = QueueContents()
    async with AIOKafkaConsumer(name, bootstrap_servers=os.environ["REDRESS_KAFKA"], **settings) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:  # a record without a value says that the complaint has left the queue
                    contents.add(record.key.decode(), record.value and topic.codec.decode(record.value))
    for item in sorted(contents.waiting.values(), key=lambda item: (-item.priority, item.entered_at)):
        print(f"{item.complaint_id} priority {item.priority} since {item.entered_at.isoformat()}")


asyncio.run(main(sys.argv[1]))
