"""A worker that does what each record tells it to: the traps of the runtime, as a process of its own.

What a record says stands in its ``agent_id``: put, delete, tell (publish whether the row is there), and the ways to
fail: refuse, raise, raise-late (after writing), too-large.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from schemas.events import AgentReplied, ComplaintPaused, Lifecycle
from schemas.ids import derived_id
from schemas.topics import OPERATOR_COMMANDS, Topic
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage, Turn, Unprocessable
from services.runtime.worker import main

NAME = "trap"
MORE_THAN_A_TOPIC_TAKES = 5_000_000
REMIND_AFTER = timedelta(seconds=1)


def _topic(name: str) -> Topic[Any]:
    return Topic(name, Lifecycle, "complaint_id", ("test",), (NAME,), "A topic of the runtime's tests.")


ORDERS = _topic("trap-orders")
RESULTS = _topic("trap-results")
TOPICS = [
    ORDERS.name,
    ORDERS.dead_letters.name,
    RESULTS.name,
    f"redress-{NAME}-orders-changelog",
    OPERATOR_COMMANDS.name,
]


class Trap:
    """Obeys."""

    def on_event(self, turn: Turn, topic: Topic[Any], event: Any) -> None:
        key = event.complaint_id.encode()
        order = event.agent_id
        if order == "refuse":
            raise Unprocessable("refused", "as the record says")
        if order == "raise":
            raise KeyError("as the record says")
        if order == "delete":
            turn.delete(key)
            return
        body = turn.row(key)
        if order == "put":
            turn.put(key, b"put")
        if order == "remind":
            turn.put(key, b"remind", due=event.occurred_at + REMIND_AFTER)
        result = said(event, "row" if body else "no row", turn.recorded_at)
        if order == "too-large":
            result = result.model_copy(update={"note": "x" * MORE_THAN_A_TOPIC_TAKES})
        turn.publish(RESULTS, event.complaint_id, result)
        if order == "raise-late":
            raise KeyError("after writing")

    def on_due(self, turn: Turn, key: bytes) -> None:
        due = AgentReplied(
            event_id=derived_id(key.decode(), "reminded"),
            complaint_id=key.decode(),
            occurred_at=turn.now,
            recorded_at=turn.recorded_at,
            agent_id="reminded",
        )
        turn.publish(RESULTS, key.decode(), due)
        turn.put(key, b"done")

    def on_time(self, turn: Turn) -> None:
        pass


def said(event: AgentReplied, what: str, recorded_at: datetime) -> ComplaintPaused:
    """The result of one record: its id is derived, so that a repetition shows."""
    return ComplaintPaused(
        event_id=derived_id(event.event_id, "result"),
        complaint_id=event.complaint_id,
        occurred_at=event.occurred_at,
        recorded_at=recorded_at,
        reason="other",
        agent_id=what,
    )


def build(_: RuntimeSettings) -> Application:
    """One stage from orders to results."""
    return Application(NAME, (Stage("orders", (ORDERS,), (ORDERS,), Trap()),), (RESULTS,))


if __name__ == "__main__":
    main(RuntimeSettings, build)
