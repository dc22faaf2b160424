"""What stands in the compacted topics about personal data: keys, erasures and holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from redress.operating.groups import OperationRefused, require_topics
from redress.reading import records_to_end
from schemas.personal_keys import ComplaintErased, LegalHoldPlaced, PersonalKeyKept
from schemas.topics import ERASURES, LEGAL_HOLDS, PERSONAL_KEYS
from services.runtime.kafka import Kafka

TOPICS = (PERSONAL_KEYS.name, ERASURES.name, LEGAL_HOLDS.name)


@dataclass
class Register:
    """All three, as of one look.

    ``keys`` is by complaint and key id, ``erasures`` by complaint, ``holds`` by what is held.
    """

    keys: dict[str, dict[str, PersonalKeyKept]] = field(default_factory=dict)
    erasures: dict[str, ComplaintErased] = field(default_factory=dict)
    holds: dict[str, LegalHoldPlaced] = field(default_factory=dict)

    def customer_of(self, complaint_id: str) -> str | None:
        """The pseudonym of the complaint's customer; None where no reception of it is known."""
        customers = (kept.customer for kept in self.keys.get(complaint_id, {}).values() if kept.customer)
        erased = self.erasures.get(complaint_id)
        return next(customers, erased.customer if erased else None)

    def complaints_of(self, customer: str, owner: str | None) -> list[str]:
        """The ids of a customer's complaints, also of erased ones; only those of ``owner``, where it is given.

        Raises OperationRefused where several owners have a customer of this id and none is given.
        """
        owners: dict[str, set[str]] = {}
        for complaint_id, keys in self.keys.items():
            for kept in keys.values():
                if kept.customer == customer:
                    owners.setdefault(kept.owner or "", set()).add(complaint_id)
        if owner is None and len(owners) > 1:
            raise OperationRefused(
                f"{', '.join(sorted(owners))} each have a customer of this id, who may be different people: "
                "name one with --owner"
            )
        erased = {one.complaint_id for one in self.erasures.values() if one.customer == customer}
        known = set().union(*(found for name, found in owners.items() if owner in (None, name)))
        return sorted(known | (erased if owner is None else set()))

    def holds_on(self, complaint_ids: Iterable[str]) -> list[LegalHoldPlaced]:
        """The holds on these complaints or their customers."""
        held = {one for complaint_id in complaint_ids for one in (complaint_id, self.customer_of(complaint_id))}
        return [hold for hold in self.holds.values() if hold.held in held]


async def read_register(kafka: Kafka) -> Register:
    """What stands now. Raises OperationRefused where a topic is missing."""
    await require_topics(kafka, TOPICS)
    register = Register()
    async for record in records_to_end(kafka, TOPICS):
        key = record.key.decode()
        match kafka.unnamed(record.topic), record.value:
            case PERSONAL_KEYS.name, None:
                complaint_id, _, key_id = key.partition("/")
                register.keys.get(complaint_id, {}).pop(key_id, None)
            case PERSONAL_KEYS.name, value:
                kept = PERSONAL_KEYS.codec.decode(value)
                register.keys.setdefault(kept.complaint_id, {})[kept.key_id] = kept
            case ERASURES.name, value if value is not None:
                register.erasures[key] = ERASURES.codec.decode(value)
            case LEGAL_HOLDS.name, None:
                register.holds.pop(key, None)
            case LEGAL_HOLDS.name, value:
                register.holds[key] = LEGAL_HOLDS.codec.decode(value)
    return register
