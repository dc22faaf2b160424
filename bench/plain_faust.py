"""Plain Faust as its documentation teaches, at least once: ``python -m bench.plain_faust worker -l info``.

One event at a time from the stream, a Table of what has been seen, an awaited send for each output. Values are
decoded by the same codec as everywhere, which is quicker than ``faust.Record``.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import faust

from bench.job import outputs, shipped_ruleset
from bench.peers import PLAIN_FAUST
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, queue_topic
from services.router.settings import Settings, load_queues
from services.runtime.settings import SHIPPED_CONFIG

PARTITIONS = 4

ruleset = shipped_ruleset()
app = faust.App(
    PLAIN_FAUST.group,
    broker=f"kafka://{os.environ['REDRESS_KAFKA']}",
    topic_partitions=PARTITIONS,
    web_enabled=False,
)
complaint_events = app.topic(COMPLAINT_EVENTS.name, key_serializer="raw", value_serializer="raw")
written = {
    topic: app.topic(topic, key_serializer="raw", value_serializer="raw")
    for topic in (
        COMPLAINTS_ROUTED.name,
        *(queue_topic(queue).name for queue in load_queues(Settings(config=SHIPPED_CONFIG)).names),
    )
}
seen = app.Table("seen", partitions=PARTITIONS)


@app.agent(complaint_events)  # type: ignore[untyped-decorator]  # Faust is untyped
async def route(stream: Any) -> None:
    async for record in stream.events():
        event = COMPLAINT_EVENTS.codec.decode(record.value)
        if event.event_id in seen:
            continue
        seen[event.event_id] = True
        recorded_at = datetime.now(UTC)
        for topic, value, headers in outputs(event, record.headers.items(), ruleset, recorded_at):
            await written[topic].send(key=record.key, value=value, headers=headers, timestamp=recorded_at.timestamp())


if __name__ == "__main__":
    app.main()
