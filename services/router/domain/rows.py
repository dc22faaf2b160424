"""Between a complaint's stored events and its row: the format, then per event a fixed head and its words.

Words are what fields and decisions are made of, joined by NUL, which no name may contain; an absent word is empty.
A reception with its decision takes some 110 bytes, an event without words 49.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Any

from schemas.ids import pack_id, unpack_id
from services.router.domain.match_fields import Correction, MatchFields
from services.router.domain.stored_event import EventKind, StoredDecision, StoredEvent

ROW_FORMAT: int = 1
"""The first byte of each row. Other bytes, or the same with another meaning, are another format."""

HEAD = Struct("<Bqq16shHH6sI")
"""Kind, occurred, sequence, event id; a decision's priority, hop, revision and end of id; bytes of words."""

UNDECIDED = -1
"""The priority of an event without a decision; others are not negative."""

CONTENT_WORDS = {EventKind.RECEIVED: 10, EventKind.RECLASSIFIED: 3, EventKind.ASSIGNED: 1}
"""How many words are an event's content, by kind; none for the others."""


def encode_row(events: Sequence[StoredEvent]) -> bytes:
    """The row's body."""
    return bytes((ROW_FORMAT,)) + b"".join(map(_encode_event, events))


def decode_row(body: bytes) -> list[StoredEvent]:
    """The events in a row's body. Raises ValueError for a body of another format."""
    if body[0] != ROW_FORMAT:
        raise ValueError(f"the row has format {body[0]}, this release reads {ROW_FORMAT} only")
    events, at = [], 1
    while at < len(body):
        head = HEAD.unpack_from(body, at)
        at += HEAD.size
        events.append(_decode_event(head, body[at : at + head[-1]].decode().split("\0")))
        at += head[-1]
    return events


def _encode_event(event: StoredEvent) -> bytes:
    kind, occurred, sequence, event_id, content, decision = event
    words: list[str | None] = []
    if isinstance(content, MatchFields):
        channel, product, category, severity, tier, language, region, amount, currency, flags = content
        words = [channel, product, category, severity, tier, language, region, amount, currency, ",".join(flags)]
    elif isinstance(content, Correction):
        product, category, severity = content
        words = [product, category, severity]
    elif content is not None:
        words = [content]
    numbers: tuple[Any, ...] = (UNDECIDED, 0, 0, b"")
    if decision is not None:
        numbers = (decision.priority, decision.hop, decision.revision, decision.id_end)
        words += decision.queue, decision.reason, decision.skills
    text = "\0".join([word or "" for word in words]).encode()
    return HEAD.pack(kind, occurred, sequence, pack_id(event_id), *numbers, len(text)) + text


def _decode_event(head: tuple[Any, ...], words: list[Any]) -> StoredEvent:
    number, occurred, sequence, raw_id, priority, hop, revision, id_end, _ = head
    kind = EventKind(number)
    own = CONTENT_WORDS.get(kind, 0)
    event_id = unpack_id(raw_id)
    content = _decode_content(kind, [word or None for word in words[:own]])
    if priority == UNDECIDED:
        return StoredEvent(kind, occurred, sequence, event_id, content)
    queue, reason, skills = words[own:]
    decision = StoredDecision(queue, priority, skills, reason, hop, revision, id_end)
    return StoredEvent(kind, occurred, sequence, event_id, content, decision)


def _decode_content(kind: EventKind, words: list[Any]) -> MatchFields | Correction | str | None:
    if kind is EventKind.RECEIVED:
        channel, product, category, severity, tier, language, region, amount, currency, flags = words
        return MatchFields(
            channel=channel,
            product=product,
            category=category,
            severity=severity,
            customer_tier=tier,
            language=language,
            region=region,
            amount=amount,
            currency=currency,
            flags=tuple(flags.split(",")) if flags else (),
        )
    if kind is EventKind.RECLASSIFIED:
        product, category, severity = words
        return Correction(product=product, category=category, severity=severity)
    return words[0] if kind is EventKind.ASSIGNED else None
