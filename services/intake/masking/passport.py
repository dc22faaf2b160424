"""Where passport numbers stand in a reading: the Chinese forms anywhere, any other only beside the word.

A passport number has a check digit in the machine-readable zone alone (ICAO Doc 9303), and the forms of a hundred
countries are those of as many shops' order numbers. So a form by itself decides only where it is China's: E, G, D, S, P
or H and eight digits, or E, a letter other than I and O, and seven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from services.intake.masking.checks import Checks
from services.intake.masking.reading import Span

WORDS = ("passport", "护照", "護照", "通行证", "通行證")
_WORD = f"(?:(?<![A-Za-z]){'|'.join(WORDS)})"

_BETWEEN = r"[^0-9@\0\n\r!?;。！？；]"
"""No digits, and the end of no sentence: the first number after the word is the passport's, or none is."""

_NUMBER = "(?P<number>[A-Za-z]{0,4}[0-9][0-9A-Za-z]{4,8})(?![0-9A-Za-z])"

_CHINESE = re.compile(
    r"(?P<number>[EGDSPH](?<![0-9A-Za-z].)(?:[0-9]{8}|(?<=E)[A-HJ-NP-Z][0-9]{7}))(?![0-9A-Za-z])", re.DOTALL
)
_AFTER_WORD = re.compile(rf"{_WORD}(?:{_BETWEEN}{{0,23}}(?<![0-9A-Za-z]))?{_NUMBER}", re.IGNORECASE)
_BEFORE_WORD = re.compile(rf"(?<![0-9A-Za-z]){_NUMBER}(?={_BETWEEN}{{0,8}}{_WORD})", re.IGNORECASE)

_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
LEAST_CHARACTERS = 8
MOST_CHARACTERS = 9
"""ICAO Doc 9303, part 4, has room for nine; hardly a country uses fewer than eight."""

LEAST_DIGITS = 5


def find(text: str, _checks: Checks) -> Iterator[Span]:
    """Every passport number, in order."""
    lower = text.lower()
    named = (_AFTER_WORD, _BEFORE_WORD) if any(word in lower for word in WORDS) else ()
    found = chain(_CHINESE.finditer(text), *(pattern.finditer(text) for pattern in named))
    yield from sorted({one.span("number") for one in found if _is_likely(one["number"])})


def _is_likely(number: str) -> bool:
    digits = sum(character in "0123456789" for character in number)
    long_enough = LEAST_CHARACTERS <= len(number) <= MOST_CHARACTERS and digits >= LEAST_DIGITS
    return long_enough and not _DATE.fullmatch(number)
