"""A worker that does what each record tells it to: the traps of the runtime, as a process of its own.

What a record says stands in its ``agent_id``: put, delete, tell (publish whether the row is there), remind (publish
again a second later), and the ways to fail: refuse, raise, raise-late (after writing), too-large.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from random import Random
from struct import Struct
from typing import Any, NamedTuple

from pydantic import Field

from schemas.events import AgentReplied, ComplaintPaused, Lifecycle
from schemas.ids import derived_id
from schemas.personal import NotePersonal
from schemas.topics import OPERATOR_COMMANDS, Topic
from services.runtime.instants import instant, milliseconds
from services.runtime.processor import ProcessorContext, Unprocessable
from services.runtime.settings import RuntimeSettings
from services.runtime.stage import Application, Stage
from services.runtime.worker import main

NAME = "trap"
MORE_THAN_A_TOPIC_TAKES = Random(1).randbytes(2_500_000).hex()
"""Also when compressed."""
REMIND_AFTER = timedelta(seconds=1)


def _topic(name: str) -> Topic[Any]:
    return Topic(name, Lifecycle, ("complaint_id",), "A topic of the runtime's tests.")


ORDERS = _topic("trap-orders")
MORE_ORDERS = _topic("trap-more-orders")
SOURCES = (ORDERS, MORE_ORDERS)
RESULTS = _topic("trap-results")
CHANGELOG = f"redress-{NAME}-orders-changelog"
TOPICS = [
    *(topic.name for source in SOURCES for topic in (source, source.dead_letters)),
    RESULTS.name,
    CHANGELOG,
    OPERATOR_COMMANDS.name,
]


class TrapSettings(RuntimeSettings):
    """How a test wants the trap.

    Its number of sources; the format in which it writes rows, as a release that reads this one and the one before;
    constants of the runtime (``module.NAME``) made small.
    """

    trap_sources: int = 1
    trap_format: int = 1
    trap_constants: dict[str, int] = Field(default_factory=dict)


class Row(NamedTuple):
    """How many records were put, how many reminders were given, and when the next is due (0: never)."""

    puts: int = 0
    reminders: int = 0
    due: int = 0

    def body(self, row_format: int) -> bytes:
        """As it is stored."""
        return LAYOUTS[row_format].pack(row_format, *self)

    @classmethod
    def of(cls, body: bytes | None) -> Row:
        """What is stored, or nothing yet."""
        return cls() if body is None else cls(*LAYOUTS[body[0]].unpack(body)[1:])


LAYOUTS = {1: Struct(">BIIq"), 2: Struct(">BQQq")}


class Trap:
    """Obeys."""

    def __init__(self, row_format: int) -> None:
        self._format = row_format

    def on_event(self, context: ProcessorContext, topic: Topic[Any], event: Any) -> None:
        key = event.complaint_id.encode()
        order = event.agent_id
        if order == "refuse":
            raise Unprocessable("refused", "as the record says")
        if order == "raise":
            raise KeyError("as the record says")
        if order == "delete":
            context.delete(key)
            return
        body = context.row(key)
        row = Row.of(body)
        if order == "put":
            row = row._replace(puts=row.puts + 1)
            self._put(context, key, row)
        if order == "remind":
            self._put(context, key, row._replace(due=milliseconds(event.occurred_at + REMIND_AFTER)))
        result = said(event, "row" if body else "no row", context.recorded_at, str(row.puts))
        if order == "too-large":
            result = result.model_copy(update={"personal": NotePersonal.model_construct(note=MORE_THAN_A_TOPIC_TAKES)})
        context.publish(RESULTS, event.complaint_id, result)
        if order == "raise-late":
            raise KeyError("after writing")

    def on_due(self, context: ProcessorContext, key: bytes, due: datetime) -> None:
        row = Row.of(context.row(key))
        reminder = ComplaintPaused(
            event_id=derived_id(key.decode(), "reminded", str(milliseconds(due))),
            complaint_id=key.decode(),
            occurred_at=context.now,
            recorded_at=context.recorded_at,
            reason="other",
            agent_id="reminded",
            personal=NotePersonal(note=str(row.puts)),
        )
        context.publish(RESULTS, key.decode(), reminder)
        self._put(context, key, row._replace(reminders=row.reminders + 1, due=0))

    def on_time(self, context: ProcessorContext) -> None:
        pass

    def close(self) -> None:
        pass

    def _put(self, context: ProcessorContext, key: bytes, row: Row) -> None:
        context.put(key, row.body(self._format), instant(row.due) if row.due else None)


def said(event: AgentReplied, what: str, recorded_at: datetime, note: str) -> ComplaintPaused:
    """The result of one record: its id is derived, so that a repetition shows."""
    return ComplaintPaused(
        event_id=derived_id(event.event_id, "result"),
        complaint_id=event.complaint_id,
        occurred_at=event.occurred_at,
        recorded_at=recorded_at,
        reason="other",
        agent_id=what,
        personal=NotePersonal(note=note),
    )


def build(settings: TrapSettings) -> Application:
    """One stage from orders to results."""
    for name, value in settings.trap_constants.items():
        module, constant = name.rsplit(".", 1)
        setattr(import_module(f"services.runtime.{module}"), constant, value)
    sources = SOURCES[: settings.trap_sources]
    formats = tuple(row_format for row_format in LAYOUTS if settings.trap_format - row_format in (0, 1))
    stage = Stage("orders", sources, sources, partial(Trap, settings.trap_format), row_formats=formats)
    return Application(NAME, (stage,), (RESULTS,))


if __name__ == "__main__":
    main(TrapSettings, build)
