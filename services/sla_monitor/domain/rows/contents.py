"""Between what only events of one kind say and the bytes that a row keeps of it.

Texts are joined by NUL, which no name contains; an empty one says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any

from services.sla_monitor.domain.fold.extension import Extension
from services.sla_monitor.domain.fold.stored_event import Contents, PauseContents
from services.sla_monitor.domain.policy.event_kinds import EXTENDED, PAUSED, RECEIVED, RECLASSIFIED, ROUTED
from services.sla_monitor.domain.policy.match_fields import Correction, MatchFields, Routing
from services.worktime.target_text import Target

REMEMBERED = 10_000
"""Contents that are kept decoded: most complaints say what others have said."""
ROUTING = Struct(">16sq")
"""What stands before a routing decision's contents: the id of the event it answers, and its hop."""
COMPLAINT, RECLASSIFICATION, DECISION = "c", "r", "q"
"""What fields to match on begin with."""


def encode_contents(contents: Contents) -> bytes:
    """The bytes of what an event says."""
    if isinstance(contents, MatchFields):
        return _join(COMPLAINT, *contents[:7])
    if isinstance(contents, Routing):
        return _join(DECISION, contents.queue, str(contents.priority), *contents[2:5], *contents.flags)
    if isinstance(contents, Correction):
        return _join(RECLASSIFICATION, *contents)
    if isinstance(contents, PauseContents):
        return _join(*contents)
    until = "" if contents.until is None else str(contents.until)
    return _join(contents.clock, until, None if contents.by is None else contents.by.text)


def _join(*texts: str | None) -> bytes:
    return "\0".join([text or "" for text in texts]).encode()


@lru_cache(maxsize=REMEMBERED)
def _match_fields(content: bytes) -> MatchFields:
    _, *texts = content.decode().split("\0")
    channel, product, category, severity, customer_tier, language, region = [text or None for text in texts]
    return MatchFields(channel, product, category, severity, customer_tier, language, region)


@lru_cache(maxsize=REMEMBERED)
def _routing(content: bytes) -> Routing:
    _, queue, priority, category, severity, language, *flags = content.decode().split("\0")
    return Routing(queue, int(priority), category or None, severity or None, language or None, tuple(flags))


@lru_cache(maxsize=REMEMBERED)
def _correction(content: bytes) -> Correction:
    _, category, severity, product = content.decode().split("\0")
    return Correction(category or None, severity or None, product or None)


@lru_cache(maxsize=REMEMBERED)
def _pause(content: bytes) -> PauseContents:
    reason, agent = content.decode().split("\0")
    return PauseContents(reason, agent or None)


@lru_cache(maxsize=REMEMBERED)
def _extension(content: bytes) -> Extension:
    clock, until, by = content.decode().split("\0")
    return Extension(clock, int(until) if until else None, Target.parse(by) if by else None)


DECODERS: dict[int, Callable[[bytes], Any]] = {
    RECEIVED: _match_fields,
    ROUTED: _routing,
    RECLASSIFIED: _correction,
    PAUSED: _pause,
    EXTENDED: _extension,
}
"""By the kind of event, a Contents each."""
