"""Between a complaint's entries and its row: a version, then per entry a fixed head and its words.

Words are what matches and placements are made of, joined by NUL, which no name may contain; an absent word is
empty. A reception with its placement takes some 110 bytes, an entry without words 49.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

from services.router.domain.claims import Claims, Correction
from services.router.domain.journey import Entry, Kind, Placement

VERSION = b"\x01"

HEAD = Struct("<Bqq16shHH6sI")
"""Kind, occurred, sequence, event id; a placement's priority, hop, revision and decision; bytes of words."""

UNPLACED = -1
"""The priority of an entry without a placement; others are not negative."""


def pack(entries: list[Entry]) -> bytes:
    """The row's body."""
    return VERSION + b"".join(map(_packed, entries))


def unpack(body: bytes) -> list[Entry]:
    """The entries in a row's body. Raises ValueError for a body of another version."""
    if body[:1] != VERSION:
        raise ValueError(f"the row has version {body[:1].hex()}, this release reads {VERSION.hex()} only")
    entries, at = [], 1
    while at < len(body):
        head = HEAD.unpack_from(body, at)
        at += HEAD.size
        entries.append(_unpacked(head, body[at : at + head[-1]].decode().split("\0")))
        at += head[-1]
    return entries


def _packed(entry: Entry) -> bytes:
    kind, occurred, sequence, event_id, content, placement = entry
    words: list[str | None] = []
    if isinstance(content, Claims):
        words = [*content[:-1], ",".join(content.flags)]
    elif isinstance(content, Correction):
        words = [*content]
    elif content is not None:
        words = [content]
    numbers: tuple[Any, ...] = (UNPLACED, 0, 0, b"")
    if placement is not None:
        numbers = (placement.priority, placement.hop, placement.revision, placement.decision)
        words += placement.queue, placement.reason, placement.skills
    text = "\0".join([word or "" for word in words]).encode()
    event = bytes.fromhex(event_id.replace("-", ""))
    return HEAD.pack(kind, occurred, sequence, event, *numbers, len(text)) + text


def _unpacked(head: tuple[Any, ...], words: list[Any]) -> Entry:
    number, occurred, sequence, event, priority, hop, revision, decision, _ = head
    kind = Kind(number)
    own = OWN_WORDS.get(kind, 0)
    digits = event.hex()
    event_id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    content = _content(kind, [word or None for word in words[:own]])
    if priority == UNPLACED:
        return Entry(kind, occurred, sequence, event_id, content)
    queue, reason, skills = words[own:]
    placement = Placement(queue, priority, skills, reason, hop, revision, decision)
    return Entry(kind, occurred, sequence, event_id, content, placement)


def _content(kind: Kind, words: list[Any]) -> Claims | Correction | str | None:
    if kind is Kind.RECEIVED:
        flags = words.pop()
        return Claims(*words)._replace(flags=tuple(flags.split(","))) if flags else Claims(*words)
    if kind is Kind.RECLASSIFIED:
        return Correction(*words)
    return words[0] if kind is Kind.ASSIGNED else None


OWN_WORDS = {Kind.RECEIVED: len(Claims._fields), Kind.RECLASSIFIED: len(Correction._fields), Kind.ASSIGNED: 1}
