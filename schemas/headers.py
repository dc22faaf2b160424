"""The Kafka headers of an event: CloudEvents 1.0 in binary mode, and the W3C trace the event belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from schemas.instants import rfc3339
from schemas.primitives import Event
from schemas.rendering import Rendered

Header = tuple[str, bytes]

_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<more>-[ -~]*)?"
)


def cloudevents_headers(event: Event | Rendered, source: str, traceparent: bytes | None) -> list[Header]:
    """``ce_id ce_time ce_specversion ce_type ce_source content-type``, and ``traceparent`` if there is one.

    ``source`` is a URI reference such as ``/redress/router``; ``ce_time`` is when the event happened. This
    runs once per record written, so what stays the same from event to event is encoded once.
    """
    time = event.occurred_at if type(event) is Rendered else rfc3339(event.occurred_at)
    headers = [("ce_id", event.event_id.encode()), ("ce_time", time.encode()), *_constant(event.type, source)]
    if traceparent is not None:
        headers.append(("traceparent", traceparent))
    return headers


def traceparent_of(headers: Iterable[tuple[str, bytes | None]]) -> bytes | None:
    """The trace a record belongs to; None where it names none, or one that is not valid."""
    for name, value in headers:
        if name == "traceparent":
            return value if value is not None and valid_traceparent(value) else None
    return None


def valid_traceparent(value: bytes) -> bool:
    """Whether this is a W3C ``traceparent``; versions after 00 may carry more behind the four fields."""
    parts = _TRACEPARENT.fullmatch(value)
    return parts is not None and (parts["more"] is None or not value.startswith(b"00"))


@cache
def _constant(event_type: str, source: str) -> tuple[Header, ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("content-type", b"application/json"),
    )
