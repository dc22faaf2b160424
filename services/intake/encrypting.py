"""From an accepted event to its record with what is personal encrypted, and to that of the key that it is under."""

from __future__ import annotations

from schemas.events import ComplaintReceived
from schemas.ids import derived_id
from schemas.personal_keys import PersonalKeyKept
from services.intake.domain.arrivals import Accepted
from services.intake.publisher import Record
from services.intake.records import make_key_record, make_record
from services.personal.encryption import Encryption
from services.personal.events import encrypt_event


class Encrypting:
    """Makes the records of accepted events; without ``encryption`` what is personal stays as it is."""

    def __init__(self, encryption: Encryption | None) -> None:
        self._encryption = encryption

    def make_records(self, accepted: Accepted, traceparent: bytes) -> list[Record]:
        """The event's record, behind that of its key if it has one: who can read the event can read the key."""
        if self._encryption is None:
            return [make_record(accepted, traceparent)]
        found = encrypt_event(accepted.event, self._encryption)
        if found is None:
            return [make_record(accepted, traceparent)]
        value, encrypted = found
        event = accepted.event
        kept = PersonalKeyKept(
            event_id=derived_id(accepted.subject, encrypted.key_id, "personal_key_kept"),
            occurred_at=event.recorded_at,
            recorded_at=event.recorded_at,
            complaint_id=accepted.subject,
            key_id=encrypted.key_id,
            encrypted_key=encrypted.key,
            owner=accepted.owner,
            customer=self._encryption.pseudonym(event.customer.id) if isinstance(event, ComplaintReceived) else None,
        )
        return [
            make_key_record(kept, traceparent),
            make_record(accepted, traceparent)._replace(value=value),
        ]
