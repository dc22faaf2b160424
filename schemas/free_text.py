"""Which fields of events hold text that a person wrote freely, and what stands there for what was masked."""

from __future__ import annotations

from typing import Literal

FREE_TEXT = (
    "attachments.*.name",
    "personal.attributes.*",
    "personal.body",
    "personal.comment",
    "personal.note",
    "personal.reason",
    "personal.subject",
)
"""Paths into the events of complaint-events and survey-responses; ``*`` is every item of a list or mapping.

Whoever adds a field for what people write adds it here or to ``NAMES``: a test compares both with the models.
"""

NAMES = (
    "personal.contact",
    "personal.name",
    "personal.representative.contact",
    "personal.representative.name",
)
"""What is there to name a person or to reach one. It is personal, and masked it would be worth nothing."""

PersonalDataKind = Literal["e_mail", "iban", "resident_id", "bank_card", "phone", "passport"]
"""What may be masked in free text: the longest first, and so it is looked for."""

PLACEHOLDERS: dict[PersonalDataKind, str] = {
    "e_mail": "[mail]",
    "iban": "[iban]",
    "resident_id": "[id]",
    "bank_card": "[card]",
    "phone": "[phone]",
    "passport": "[pass]",
}
"""What stands for one of each kind, however long it was.

None is longer than the shortest of its kind, so that a masked text is within every limit that the text was within.
"""
