"""Between stored events and the bytes that rows keep of them, one event after the other.

Each is a fixed head and what only its kind says: texts joined by NUL, which no name contains, an empty one saying
nothing. Instants are integer microseconds since 1970, ids are sixteen bytes, integers big-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import lru_cache
from struct import Struct
from typing import Any

from services.lifecycle.contents import (
    ByAgent,
    Claim,
    ComplaintFields,
    Contents,
    Correction,
    ExtensionContents,
    Found,
    PauseContents,
    RoutedContents,
)
from services.lifecycle.event_kinds import (
    ASSIGNED,
    EXTENDED,
    PAUSED,
    RANKS,
    RECEIVED,
    RECLASSIFIED,
    RELEASED,
    RESOLVED,
    ROUTED,
)
from services.lifecycle.stored_event import NO_SEQUENCE, StoredEvent

EVENT = Struct(">BqqQ16sI")
"""Kind, occurred, recorded, sequence, event id, length of the contents."""
ID_SIZE = 16
REMEMBERED = 10_000
"""Contents that are kept decoded: most complaints say what others have said."""


def encode_event(event: StoredEvent) -> bytes:
    """The bytes of one event."""
    content = b"" if event.contents is None else _encode_contents(event.contents)
    sequence = event.sequence - NO_SEQUENCE
    return EVENT.pack(event.kind, event.occurred, event.recorded, sequence, event.event_id, len(content)) + content


def decode_events(events: bytes, kinds: Container[int] | None = None) -> list[StoredEvent]:
    """The events that stand one after the other in ``events``: all, or those of some ``kinds``."""
    found: list[StoredEvent] = []
    # StoredEvent(...) takes twice the time, and a tick makes thousands.
    new, unpack, size = tuple.__new__, EVENT.unpack_from, EVENT.size
    position, end = 0, len(events)
    while position < end:
        kind, occurred, recorded, sequence, event_id, length = unpack(events, position)
        position += size + length
        if kinds is not None and kind not in kinds:
            continue
        contents = DECODERS[kind](events[position - length : position]) if length else None
        later = 0 if kind == RECEIVED else 1
        found.append(
            new(StoredEvent, (later, occurred, sequence + NO_SEQUENCE, RANKS[kind], event_id, kind, recorded, contents))
        )
    return found


def merge_event(events: bytes, event: bytes) -> bytes:
    """Events with one more; of two with one id the lower (recorded, bytes) stands. The same when nothing changes."""
    event_id, recorded = _identity(event, 0)
    position = 0
    while position < len(events):
        end = position + EVENT.size + EVENT.unpack_from(events, position)[-1]
        known_id, known_recorded = _identity(events, position)
        if known_id == event_id:
            if (known_recorded, events[position:end]) <= (recorded, event):
                return events
            return events[:position] + event + events[end:]
        position = end
    return events + event


def _identity(events: bytes, position: int) -> tuple[bytes, int]:
    _, _, recorded, _, event_id, _ = EVENT.unpack_from(events, position)
    return event_id, recorded


def _encode_contents(contents: Contents) -> bytes:
    if isinstance(contents, RoutedContents):
        cause, trigger, hop, revision, queue, version, arm, found = contents
        texts = found.queue, str(found.priority), *found[2:5], *found.flags
        return cause + _join(trigger, str(hop), str(revision), queue, version, arm, *texts)
    if isinstance(contents, ComplaintFields):
        return _join(*contents[:-1], *contents.flags)
    if isinstance(contents, PauseContents):
        return _join(contents.reason, contents.agent, _number(contents.until))
    if isinstance(contents, ExtensionContents):
        return _join(contents.clock, _number(contents.until), contents.by)
    # A single text that says nothing would be no contents at all.
    return _join("", *contents)


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _join(*texts: str | None) -> bytes:
    return "\0".join([text or "" for text in texts]).encode()


def _split(content: bytes) -> list[str | None]:
    return [text or None for text in content.decode().split("\0")]


@lru_cache(maxsize=REMEMBERED)
def _decode_reception(content: bytes) -> ComplaintFields:
    channel, *texts = content.decode().split("\0")
    product, category, severity, tier, language, region, amount, currency = [text or None for text in texts[:8]]
    flags = tuple(texts[8:])
    return ComplaintFields(channel, product, category, severity, tier, language, region, amount, currency, flags)


@lru_cache(maxsize=REMEMBERED)
def _decode_correction(content: bytes) -> Correction:
    _, product, category, severity = _split(content)
    return Correction(product, category, severity)


@lru_cache(maxsize=REMEMBERED)
def _decode_claim(content: bytes) -> Claim:
    _, agent, replaces = _split(content)
    return Claim(agent or "", replaces)


@lru_cache(maxsize=REMEMBERED)
def _decode_agent(content: bytes) -> ByAgent:
    _, agent = _split(content)
    return ByAgent(agent)


@lru_cache(maxsize=REMEMBERED)
def _decode_pause(content: bytes) -> PauseContents:
    reason, agent, until = _split(content)
    return PauseContents(reason or "", agent, None if until is None else int(until))


@lru_cache(maxsize=REMEMBERED)
def _decode_extension(content: bytes) -> ExtensionContents:
    clock, until, by = _split(content)
    return ExtensionContents(clock or "", None if until is None else int(until), by)


@lru_cache(maxsize=REMEMBERED)
def _decode_routing(content: bytes) -> tuple[Any, ...]:
    """All but the cause, which is another in each complaint."""
    trigger, hop, revision, queue, version, arm, *texts = content.decode().split("\0")
    found_queue, priority, category, severity, language, *flags = texts
    found = Found(found_queue, int(priority), category or None, severity or None, language or None, tuple(flags))
    return trigger, int(hop), int(revision), queue, version, arm, found


def _decode_routed(content: bytes) -> RoutedContents:
    return RoutedContents(content[:ID_SIZE], *_decode_routing(content[ID_SIZE:]))


DECODERS: dict[int, Callable[[bytes], Any]] = {
    RECEIVED: _decode_reception,
    ROUTED: _decode_routed,
    RECLASSIFIED: _decode_correction,
    ASSIGNED: _decode_claim,
    RELEASED: _decode_agent,
    RESOLVED: _decode_agent,
    PAUSED: _decode_pause,
    EXTENDED: _decode_extension,
}
"""By the kind of event, a Contents each."""
