"""The small job on our runtime, exactly once with a row for each complaint: ``python -m bench.small.worker``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bench.small.job import DECIDED, NAME, SOURCE, STAGE, decided
from schemas.codec import encode
from schemas.topics import Topic
from services.runtime.processor import ProcessorContext
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage
from services.runtime.worker import main


class SmallJob:
    """Decides each complaint, and keeps which queue it went to."""

    def on_event(self, context: Any, topic: Topic[Any], event: Any) -> None:
        decision = decided(event)
        # Past the context's own ``publish``, which adds the headers of an event: the small job has none.
        key, value = event.complaint_id.encode(), encode(decision)
        context.outbox.append(
            DECIDED.name, context.partition, key, value, int(context.recorded_at.timestamp() * 1000), []
        )
        context.put(key, decision.queue.encode())

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        """No row is ever due."""

    def on_time(self, context: ProcessorContext) -> None:
        """Nothing hangs on time."""

    def close(self) -> None:
        """Nothing is kept of a partition."""


def build(_: RuntimeSettings) -> Application:
    stage = Stage(STAGE, (SOURCE,), (SOURCE,), SmallJob)
    return Application(NAME, (stage,), (DECIDED,))


if __name__ == "__main__":
    main(RuntimeSettings, build)
