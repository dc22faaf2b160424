"""Where IBANs stand in a reading (ISO 13616): SWIFT's registry and the check digits decide, by ``stdnum``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from string import ascii_uppercase

from stdnum import iban, numdb

from services.intake.masking.checks import Checks
from services.intake.masking.digit_blocks import begins_apart, ends_apart, label_pattern
from services.intake.masking.reading import Span

_COUNTRY = re.compile(r"[A-Za-z]{2}(?=[0-9]{2})")
_LABEL = label_pattern("iban")


def _read_lengths() -> dict[str, int]:
    """How many characters the IBANs of each country have, from the structures in the registry such as ``8!n10!n``."""
    countries = map("".join, product(ascii_uppercase, repeat=2))
    structures = {country: numdb.get("iban").info(country)[0][1].get("bban", "") for country in countries}
    return {
        country: 4 + sum(map(int, re.findall(r"(\d+)!", structure)))
        for country, structure in structures.items()
        if structure
    }


_FORMS = {
    country: re.compile(rf"[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){{{length - 1}}}")
    for country, length in _read_lengths().items()
}
"""The characters of an IBAN of each country, with a space or dash between any two."""


def find(text: str, checks: Checks) -> Iterator[Span]:
    """Every IBAN, in order."""
    place = 0
    while country := _COUNTRY.search(text, place):
        start, place = country.span()
        form = _FORMS.get(country[0].upper())
        found = form.match(text, start) if form and begins_apart(text, start, _LABEL) else None
        if found and ends_apart(text, found.end()) and checks.passes(_is_iban, found[0]):
            yield found.span()
            place = found.end()


def _is_iban(candidate: str) -> bool:
    # A country's own check would import a module for each country that a stranger names, and only narrow the rest.
    return iban.is_valid(candidate, check_country=False)
