"""Plain Faust as its documentation teaches, at least once: ``python -m bench.plain_faust worker -l info``.

Records in and out, one event at a time from the stream, a Table of what has been seen, an awaited send for each
output. What it decides, and the ids and headers, come from the router's own functions.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import faust

from bench import faust_records as records
from bench.job import SOURCE, shipped_ruleset
from bench.peers import PLAIN_FAUST
from schemas.headers import cloudevents_headers, traceparent_of
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, queue_topic
from services.config.folder import SHIPPED
from services.router.settings import Settings, load_queues

PARTITIONS = 4

ruleset = shipped_ruleset()
app = faust.App(
    PLAIN_FAUST.group,
    broker=f"kafka://{os.environ['REDRESS_KAFKA']}",
    topic_partitions=PARTITIONS,
    web_enabled=False,
    datadir=f"{os.environ['REDRESS_HOME']}/plain-faust",
)
complaint_events = app.topic(COMPLAINT_EVENTS.name, key_type=str, value_type=records.ComplaintReceived)
complaints_routed = app.topic(COMPLAINTS_ROUTED.name, key_type=str, value_type=records.ComplaintRouted)
queues = {
    name: app.topic(queue_topic(name).name, key_type=str, value_type=records.QueueItem)
    for name in load_queues(Settings(config=SHIPPED)).names
}
seen = app.Table("seen", partitions=PARTITIONS)


@app.agent(complaint_events)  # type: ignore[untyped-decorator]  # Faust is untyped
async def route(stream: Any) -> None:
    async for record in stream.events():
        complaint = record.value
        if complaint.event_id in seen:
            continue
        seen[complaint.event_id] = True
        routed, item = records.decided(complaint, ruleset, datetime.now(UTC))
        trace = traceparent_of(record.headers.items())
        at = routed.recorded_at.timestamp()
        await complaints_routed.send(
            key=complaint.complaint_id,
            value=routed,
            headers=cloudevents_headers(routed, SOURCE, trace),
            timestamp=at,
        )
        await queues[item.queue].send(
            key=complaint.complaint_id,
            value=item,
            headers=cloudevents_headers(item, SOURCE, trace),
            timestamp=at,
        )


if __name__ == "__main__":
    app.main()
