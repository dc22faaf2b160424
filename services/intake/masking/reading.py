"""From a text to the reading in which personal data is looked for, and from places there to places in the text.

The reading has plain ASCII where the text has a form that looks like it: full-width digits and letters, digits of every
script, dashes, and spaces of every kind. What nobody sees, such as a zero-width space between two digits, is left out,
and so are combining marks. No character becomes two, so a reading is never longer than its text.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from schemas.free_text import PLACEHOLDERS

Span = tuple[int, int]
"""Where something begins and where it ends."""

BARRIER = "\0"
"""Stands in a reading where something was masked, and is part of nothing. Texts of events never have it."""

ASCII_ALPHANUMERIC = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

_RANGES = (
    (0x80, 0x3400),
    (0xA000, 0xAC00),
    (0xFB00, 0x13000),
    (0x16000, 0x17000),
    (0x1CC00, 0x20000),
    (0xE0000, 0xE0200),
)
"""Where Unicode has digits, compatibility forms and what is invisible; ideographs and Hangul lie between."""

_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers of Hangul, and Braille's empty cell: letters and a symbol by category, blank on every screen."""

_OTHER_DASHES = "\u2043\u2212\u2500\u30fc"
"""Hyphen bullet, minus, box drawing and the Japanese long vowel, which people type for a dash."""


def _fold(character: str) -> str | None:
    """What stands in a reading for ``character``: one ASCII character, or nothing; None where it stands for itself."""
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        # Between these are marks of rare scripts: to look for each would slow down every text.
        return "" if character < "\U00010000" or character >= "\U000e0000" else None
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if category == "Zs" or character in _BLANK_LETTERS:
        return " "
    if category == "Pd" or character in _OTHER_DASHES:
        return "-"
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) == 1 and compatible.isascii() and compatible.isprintable() else None


_FOLDS = {
    character: folded
    for character in map(chr, chain.from_iterable(range(*ends) for ends in _RANGES))
    if (folded := _fold(character)) is not None
}
_MARKS = frozenset(character for character in _FOLDS if unicodedata.category(character).startswith("M"))


def _any_of(characters: Iterable[str]) -> re.Pattern[str]:
    """A class of ``characters``. Beyond U+FFFF ``re`` tries its members one by one, so they are written as ranges."""
    ranges: list[list[str]] = []
    for character in sorted(characters):
        if ranges and ord(character) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = character
        else:
            ranges.append([character, character])
    return re.compile(f"[{''.join(f'{re.escape(first)}-{re.escape(last)}' for first, last in ranges)}]")


_FIND_FOLDED = _any_of(_FOLDS)
_FIND_LEFT_OUT = _any_of(character for character, folded in _FOLDS.items() if not folded)
_FIND_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))

_DIGITS_AND_AT = {*"@0123456789", *(character for character, folded in _FOLDS.items() if folded in {*"@0123456789"})}
_FIND_DIGIT_OR_AT = _any_of(_DIGITS_AND_AT)
_FIND_LIKELY = re.compile(
    _any_of(one for one in _DIGITS_AND_AT if ord(one) < 0x10000).pattern.replace("]", r"\U00010000-\U0010ffff]")
)
"""The same, and everything beyond U+FFFF: a tenth of the time for the many texts that have neither."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` is what is searched.

    ``starts`` and ``ends`` say of each of its characters where it stands in the original, marks behind it included;
    None: each stands where it stood.
    """

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def locate(self, span: Span) -> Span:
        """Where in the original a span of ``text`` is."""
        if self.starts is None or self.ends is None:
            return span
        return self.starts[span[0]], self.ends[span[1] - 1]


def may_hold_data(text: str) -> bool:
    """Whether ``text`` has a digit or an ``@`` in any form, without which there is nothing to mask."""
    return bool(_FIND_LIKELY.search(text) and _FIND_DIGIT_OR_AT.search(text))


def read(text: str) -> Reading:
    """The reading of ``text``, in linear time. Placeholders in it are barriers: what was masked stays masked."""
    if text.isascii():
        return Reading(hide(_FIND_PLACEHOLDER, text))
    if not _FIND_LEFT_OUT.search(text):
        return Reading(hide(_FIND_PLACEHOLDER, _FIND_FOLDED.sub(lambda found: _FOLDS[found[0]], text)))
    kept: list[str] = []
    starts, ends = array("I"), array("I")
    for place, character in enumerate(text):
        if folded := _FOLDS.get(character, character):
            kept.append(folded)
            starts.append(place)
            ends.append(place + 1)
        elif character in _MARKS and ends and ends[-1] == place:
            ends[-1] = place + 1
    return Reading(hide(_FIND_PLACEHOLDER, "".join(kept)), starts, ends)


def hide(pattern: re.Pattern[str], text: str) -> str:
    """``text`` with barriers in place of all that ``pattern`` finds; everything else stands where it stood."""
    return pattern.sub(lambda found: BARRIER * len(found[0]), text)


def hide_spans(spans: Iterable[Span], text: str) -> str:
    """``text`` with barriers in place of ``spans``, which are in order and do not overlap."""
    pieces: list[str] = []
    place = 0
    for start, end in spans:
        pieces += (text[place:start], BARRIER * (end - start))
        place = end
    return "".join((*pieces, text[place:]))
