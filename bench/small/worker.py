"""The small job on our runtime, exactly once with a row for each complaint: ``python -m bench.small.worker``."""

from __future__ import annotations

from typing import Any

from bench.small.job import DECIDED, NAME, SOURCE, STAGE, decided
from schemas.codec import encode
from schemas.topics import Topic
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage, Turn
from services.runtime.worker import main


class SmallJob:
    """Decides each complaint, and keeps which queue it went to."""

    def on_event(self, turn: Any, topic: Topic[Any], event: Any) -> None:
        decision = decided(event)
        # Past the turn's own ``publish``, which adds the headers of an event: the small job has none.
        key, value = event.complaint_id.encode(), encode(decision)
        turn.outbox.append(DECIDED.name, turn.partition, key, value, int(turn.recorded_at.timestamp() * 1000), [])
        turn.put(key, decision.queue.encode())

    def on_due(self, turn: Turn, key: bytes) -> None:
        """No row is ever due."""

    def on_time(self, turn: Turn) -> None:
        """Nothing hangs on time."""


def build(_: RuntimeSettings) -> Application:
    stage = Stage(STAGE, (SOURCE,), (SOURCE,), SmallJob())
    return Application(NAME, (stage,), (DECIDED,))


if __name__ == "__main__":
    main(RuntimeSettings, build)
