"""Quix Streams as its documentation teaches: a StreamingDataFrame from complaints to both of their outputs.

``exactly-once`` keeps what has been seen in Quix's state; ``at-least-once`` keeps it in memory, as the bare loops do.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from quixstreams import Application
from quixstreams.models import Serializer

from bench.job import Output, outputs, shipped_ruleset
from bench.peers import QUIX, QUIX_EXACTLY_ONCE
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, queue_topic
from services.config.folder import SHIPPED
from services.router.settings import Settings, load_queues

EXACTLY_ONCE = "exactly-once"


class OutputSerializer(Serializer):  # type: ignore[misc]  # Quix is elsewhere
    """Of an output, the value that is written."""

    def __call__(self, value: Output, ctx: object) -> bytes:
        return value.value


def main() -> None:
    guarantee = sys.argv[1]
    peer = QUIX_EXACTLY_ONCE if guarantee == EXACTLY_ONCE else QUIX
    with tempfile.TemporaryDirectory() as state:
        app = Application(
            broker_address=os.environ["REDRESS_KAFKA"],
            consumer_group=peer.group,
            auto_offset_reset="earliest",
            processing_guarantee=guarantee,
            state_dir=state,
        )
        _route(app, keeps_state=guarantee == EXACTLY_ONCE)
        app.run()


def _route(app: Application, *, keeps_state: bool) -> None:
    complaints = app.topic(COMPLAINT_EVENTS.name, key_deserializer="bytes", value_deserializer="bytes")
    queues = load_queues(Settings(config=SHIPPED)).names
    names = [COMPLAINTS_ROUTED.name, *(queue_topic(name).name for name in queues)]
    topics = {name: app.topic(name, key_serializer="bytes", value_serializer=OutputSerializer()) for name in names}
    frame = app.dataframe(complaints).apply(COMPLAINT_EVENTS.codec.decode)
    frame = frame.filter(_is_new, stateful=True) if keeps_state else frame.filter(_not_among(set()))
    frame = frame.apply(_decisions(), metadata=True, expand=True)
    frame = frame.set_timestamp(lambda *_: int(datetime.now(UTC).timestamp() * 1000))
    frame = frame.set_headers(lambda output, *_: output.headers)
    frame.to_topic(lambda output, *_: topics[output.topic])


def _is_new(complaint: Any, state: Any) -> bool:
    if state.exists(complaint.event_id):
        return False
    state.set(complaint.event_id, 1)
    return True


def _not_among(seen: set[str]) -> Callable[[Any], bool]:
    def is_new(complaint: Any) -> bool:
        if complaint.event_id in seen:
            return False
        seen.add(complaint.event_id)
        return True

    return is_new


def _decisions() -> Callable[..., tuple[Output, Output]]:
    ruleset = shipped_ruleset()

    def decide(complaint: Any, _key: bytes, _timestamp: int, headers: Any) -> tuple[Output, Output]:
        return outputs(complaint, headers, ruleset, datetime.now(UTC))

    return decide


if __name__ == "__main__":
    main()
