"""All that is kept about one customer, as JSON: what was encrypted in clear, and nobody else's name.

Others are who works for the operator and who speaks for the customer: their ids and names are replaced, each by the
same word wherever it stands. What somebody wrote about others stays as it was written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from redress.personal.register import Register
from redress.reading import records_to_end
from schemas.topics import ALL, ERASURES
from services.personal.encryption import Encryption, Unreadable
from services.personal.events import PERSONAL, decrypt_event, key_id_of
from services.runtime.kafka import Kafka

TOPICS = tuple(topic.name for topic in ALL if topic.key == ("complaint_id",) and topic is not ERASURES)
"""Everything that is known by complaint."""
AGENT_FIELDS = ("agent_id", "replaces", "placed_by")
SECRETS = ("survey_id",)
"""A token lets who has it answer: it is no knowledge about anybody."""


class Others:
    """Gives each other person a word."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def word(self, person: str) -> str:
        """The same for the same person."""
        return self._words.setdefault(person, f"person {len(self._words) + 1}")

    def mask(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The event without the names of others."""
        masked = {name: value for name, value in event.items() if name not in SECRETS}
        for name in AGENT_FIELDS:
            if isinstance(masked.get(name), str):
                masked[name] = self.word(masked[name])
        if isinstance(masked.get("about"), dict):
            masked["about"] = {**masked["about"], "id": self.word(masked["about"]["id"])}
        personal = masked.get(PERSONAL)
        if isinstance(personal, dict) and isinstance(personal.get("representative"), dict):
            masked[PERSONAL] = {**personal, "representative": {"name": "masked", "contact": "masked"}}
        return masked


async def export_subject(
    kafka: Kafka, register: Register, complaint_ids: Collection[str], encryption: Encryption
) -> list[dict[str, Any]]:
    """The complaints, each with all of its events in the order of their topics."""
    others = Others()
    found: dict[str, list[dict[str, Any]]] = {complaint_id: [] for complaint_id in complaint_ids}
    wanted = {complaint_id.encode(): complaint_id for complaint_id in complaint_ids}
    async for record in records_to_end(kafka, TOPICS):
        complaint_id = wanted.get(record.key or b"")
        if complaint_id is None or record.value is None:
            continue
        event = _read(record.value, register, complaint_id, encryption)
        found[complaint_id].append({"topic": kafka.unnamed(record.topic), **others.mask(event)})
    return [
        {
            "complaint_id": complaint_id,
            "erased_at": register.erasures[complaint_id].occurred_at.isoformat()
            if complaint_id in register.erasures
            else None,
            "events": events,
        }
        for complaint_id, events in found.items()
    ]


def _read(value: bytes, register: Register, complaint_id: str, encryption: Encryption) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(value)
    except ValueError:
        return {"unreadable": "this record is no JSON"}
    try:
        key_id = key_id_of(event)
        if key_id is None:
            return event
        kept = register.keys.get(complaint_id, {}).get(key_id)
        if kept is not None:
            return decrypt_event(event, kept.encrypted_key, encryption)
        why = "its key was destroyed"
    except Unreadable as error:
        why = str(error)
    return {**event, PERSONAL: {"unreadable": why}}
