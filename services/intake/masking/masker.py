"""From a text to the same text with a placeholder for each piece of personal data in it, and a count per kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import get_args

from schemas.free_text import PLACEHOLDERS, PersonalDataKind
from services.intake.masking import bank_card, e_mail, iban, passport, resident_id, uuids
from services.intake.masking.checks import Checks
from services.intake.masking.reading import Span, hide_spans, may_hold_data, read

Finder = Callable[[str, Checks], Iterator[Span]]
"""A reading and what checks are left in; spans out that are in order and do not overlap."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text in which placeholders stand for what was masked, and how many there are of each kind."""

    text: str
    counts: Counter[PersonalDataKind]


class Masker:
    """Masks ``kinds``; ``phone_region`` is where numbers without a country code are dialled (ISO 3166-1, such as CN).

    The kinds are looked for in one order, whatever the order of ``kinds``: the longest first. What one has taken, no
    other sees.
    """

    def __init__(self, kinds: Collection[PersonalDataKind], phone_region: str = "CN") -> None:
        self._finders: list[tuple[PersonalDataKind | None, Finder]] = [
            (kind, _make_finder(kind, phone_region)) for kind in get_args(PersonalDataKind) if kind in kinds
        ]
        # Only an address may have a UUID in it.
        self._finders.insert("e_mail" in kinds, (None, uuids.find))

    def mask(self, text: str, checks: Checks | None = None) -> Masked:
        """``text``, masked; what is not masked stays as it was, and masked twice is masked once.

        Texts of one event share ``checks``. Takes linear time, and next to none for a text without a digit or an ``@``.
        """
        if not may_hold_data(text):
            return Masked(text, Counter())
        checks = checks or Checks()
        reading = read(text)
        searched = reading.text
        claims: list[tuple[Span, PersonalDataKind]] = []
        for kind, find in self._finders:
            if spans := list(find(searched, checks)):
                claims += ((reading.locate(span), kind) for span in spans if kind)
                searched = hide_spans(spans, searched)
        if not claims:
            return Masked(text, Counter())
        return Masked("".join(_replace(text, sorted(claims))), Counter(kind for _, kind in claims))


def _replace(text: str, claims: list[tuple[Span, PersonalDataKind]]) -> Iterator[str]:
    place = 0
    for (start, end), kind in claims:
        yield text[place:start]
        yield PLACEHOLDERS[kind]
        place = end
    yield text[place:]


def _make_finder(kind: PersonalDataKind, phone_region: str) -> Finder:
    match kind:
        case "e_mail":
            return e_mail.find
        case "iban":
            return iban.find
        case "resident_id":
            return resident_id.find
        case "bank_card":
            return bank_card.find
        case "passport":
            return passport.find
        case "phone":
            # Numbering plans take 70 ms to import, which only those pay who mask phone numbers.
            from services.intake.masking.phone import PhoneFinder

            return PhoneFinder(phone_region).find
