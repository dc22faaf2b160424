"""From a seed to complaints as a front-end publishes them: keys, values and headers, and what each must lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from redress.simulate.complaints import FrontEnd
from schemas.events import ComplaintReceived
from schemas.headers import Header, cloudevents_headers

SEED = 20261122
REPEATED = 0.02
"""The share of records that are in the topic a second time: a peer that does not dedupe is found out."""
BEGINNING = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Complaint:
    """One record of complaint-events."""

    key: bytes
    value: bytes
    headers: list[Header]


def complaints(count: int, *, text: int | None = None, beginning: datetime = BEGINNING) -> Iterator[Complaint]:
    """``count`` different complaints of some 600 bytes, in three scripts, and copies of some of them.

    One happens each millisecond from ``beginning`` on. With ``text`` that of each is so many bytes long.
    """
    random = Random(SEED)
    front = FrontEnd("bench", random)
    for number in range(count):
        body = front.make_complaint(beginning + timedelta(milliseconds=number))
        if text is not None:
            body["body"] = (body["body"].encode() * (text // len(body["body"]) + 1))[:text].decode(errors="ignore")
        complaint = _complaint(body, random)
        yield complaint
        if random.random() < REPEATED:
            yield complaint


def _complaint(body: dict[str, Any], random: Random) -> Complaint:
    personal = {name: body.pop(name) for name in ("subject", "body")}
    if "contact" in body["customer"]:
        personal["contact"] = body["customer"].pop("contact")
    event = ComplaintReceived.model_validate(
        {
            **body,
            "type": "complaint_received",
            "event_id": _id(random),
            "complaint_id": _id(random),
            "occurred_at": datetime.fromisoformat(body["occurred_at"]),
            "recorded_at": BEGINNING,
            "personal": personal,
        }
    )
    trace = f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-00".encode()
    # As a front-end writes it: what it does not know it leaves out.
    value = event.model_dump_json(exclude_unset=True).encode()
    return Complaint(event.complaint_id.encode(), value, cloudevents_headers(event, "/redress/intake", trace))


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
