"""A complaint's row: its events and the decisions that were made for them, to bytes and back.

Integers are big-endian, instants microseconds since 1970. Events are kept encoded (services/lifecycle/event_bytes.py).
A decision is a fixed head and its words, joined by NUL, which no name contains. A reception with its decision takes
some 170 bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from services.lifecycle.event_limit import is_full
from services.lifecycle.event_log import EventLog
from services.router.domain.stored_decision import StoredDecision

ROW_FORMAT: int = 2
"""Format 1 had events of another history: such rows are not read. Replay the topics into new ones."""
HEAD = Struct(">B?qqqHH")
"""Format, whether it was received, due, touched, overflowed; how many events and decisions follow."""
TOUCHED, COUNT = 3, 5
"""Where these stand in the head."""
DECISION = Struct(">16shHH6sH")
"""The id of the event it was made for, priority, hop, revision, end of its id; bytes of words."""


class Row:
    """``decisions`` are by the ids of the events that asked for them; ``due`` is when to look again, 0 for never.

    ``received``: the complaint's reception is among the events. ``is_changed`` since it was decoded.
    ``encoded_decisions`` are their bytes, None where they are not encoded yet.
    """

    def __init__(
        self,
        log: EventLog,
        decisions: dict[bytes, StoredDecision],
        due: int = 0,
        *,
        received: bool = False,
        encoded_decisions: bytes | None = None,
    ) -> None:
        self.log = log
        self.decisions = decisions
        self.encoded_decisions = encoded_decisions
        self.due = due
        self.received = received
        self.is_changed = False

    def keep_decision(self, cause: bytes, made: StoredDecision) -> None:
        """Keep what was decided for the event with the id ``cause``."""
        if self.decisions.get(cause) != made:
            self.decisions[cause] = made
            self.encoded_decisions = None


def encode_row(row: Row) -> bytes:
    """The row's body."""
    log, decisions, encoded = row.log, row.decisions, row.encoded_decisions
    if encoded is None:
        encoded = b"".join([_encode_decision(cause, made) for cause, made in decisions.items()])
    head = HEAD.pack(ROW_FORMAT, row.received, row.due, log.touched, log.overflowed, log.count, len(decisions))
    return b"".join((head, encoded, log.events))


def decode_row(body: bytes) -> Row:
    """The row in a body. Raises ValueError for a body of another format."""
    _require_format(body)
    _, received, due, touched, overflowed, count, number = HEAD.unpack_from(body)
    decisions: dict[bytes, StoredDecision] = {}
    position = HEAD.size
    for _ in range(number):
        cause, priority, hop, revision, id_end, length = DECISION.unpack_from(body, position)
        position += DECISION.size + length
        queue, reason, skills = body[position - length : position].decode().split("\0")
        decisions[cause] = StoredDecision(queue, priority, skills, reason, hop, revision, id_end)  # type: ignore[arg-type]
    log, encoded = EventLog(body[position:], count, touched, overflowed), body[HEAD.size : position]
    return Row(log, decisions, due, received=received, encoded_decisions=encoded)


class Glance(NamedTuple):
    """What is read of a row without the rest of it; ``is_full``: another event is not just appended."""

    received: bool
    due: int
    is_full: bool


def peek_row(body: bytes) -> Glance:
    """The row in a body at a glance. Raises as ``decode_row``."""
    _require_format(body)
    _, received, due, _, overflowed, count, _ = HEAD.unpack_from(body)
    return Glance(received, due, is_full(count, overflowed))


def append_event(body: bytes, event: bytes, touched: int) -> bytes:
    """The row in a body with one more event, and nothing else changed."""
    head = list(HEAD.unpack_from(body))
    head[COUNT] += 1
    head[TOUCHED] = touched
    return HEAD.pack(*head) + body[HEAD.size :] + event


def _require_format(body: bytes) -> None:
    if body[0] != ROW_FORMAT:
        raise ValueError(
            f"a row has format {body[0]}, and this version reads {ROW_FORMAT}; replay the topics into new ones"
        )


def _encode_decision(cause: bytes, made: StoredDecision) -> bytes:
    words = f"{made.queue}\0{made.reason}\0{made.skills}".encode()
    return DECISION.pack(cause, made.priority, made.hop, made.revision, made.id_end, len(words)) + words
