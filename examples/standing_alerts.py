"""Prints the standing alerts, one line each: reads the topic sla-alerts from its start to its end."""

import asyncio
import os

from aiokafka import AIOKafkaConsumer

from schemas.topics import SLA_ALERTS
from schemas.views.standing_alerts import StandingAlerts


async def main() -> None:
    topic = os.environ.get("REDRESS_PREFIX", "") + SLA_ALERTS.name
    settings = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    standing = StandingAlerts()
    async with AIOKafkaConsumer(topic, bootstrap_servers=os.environ["REDRESS_KAFKA"], **settings) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    standing.add(record.key.decode(), SLA_ALERTS.codec.decode(record.value))
    for alert in sorted(standing.alerts.values(), key=lambda alert: (alert.due_at, alert.alert_id)):
        state = "stopped" if alert.alert_id in standing.stopped else "open"
        print(f"{alert.complaint_id} {alert.type} {alert.clock} due {alert.due_at.isoformat()} {state}")


asyncio.run(main())
