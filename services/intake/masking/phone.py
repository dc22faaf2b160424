"""Where phone numbers stand in a reading: libphonenumber decides, by the numbering plans of all countries.

Its own search of a text passes by a number behind another group of digits, such as ``2 138 0013 8000``, and finds more
in what it has left the first time. So the search for candidates is ours: numbers of neighbouring blocks, each checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import (
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    national_significant_number,
    normalize_digits_only,
)

from services.intake.masking.checks import Checks
from services.intake.masking.digit_blocks import (
    Block,
    begins_apart,
    ends_apart,
    find_blocks,
    join_blocks,
    label_pattern,
)
from services.intake.masking.reading import Span

LEAST_DIGITS = 7
MOST_DIGITS = 15
"""Iceland's numbers, and the longest of E.164."""

MOST_DIGITS_ABROAD = 18
"""With an international prefix, such as 00 or 011."""

MOST_BLOCKS = 5
MOST_BLOCKS_ABROAD = 7
"""``8 912 345-67-89`` and ``+49 (0) 30 12 34 56 78``."""

MOST_LEADS = 2
"""``(+86)``; libphonenumber reads no more."""

_SEPARATOR = re.compile(r"[ ()./~-]{1,4}")
_EXTENSION = re.compile(r"(?:ext\.?|x) ?[0-9]", re.IGNORECASE)
_MONEY = "$%¢£¤¥฿₩€₫₭₱₹₺₽￠￡￥￦"
_LABEL = label_pattern("tel|phone|mob|mobile|cell|call|fax|wechat|weixin|wx|vx|whatsapp")

_MONTH, _DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_LOOK_ALIKES = re.compile(
    "|".join(
        (
            rf"(?:19|20)[0-9]{{2}}([-/.]){_MONTH}\1{_DAY}(?![0-9])",
            r"[0-3]?[0-9]([-/.])[0-3]?[0-9]\2(?:19|20)[0-9]{2}(?![0-9])",
            r"(?<![0-9][ -])(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])",
            r"[0-9]{1,2}:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?![0-9])",
            rf"(?<![.+])(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9]|\.[0-9])",
            r"(?<!\.)[0-9]{1,7}\.[0-9]{1,2}(?![0-9]|\.[0-9])",
        )
    )
)
"""Dates, times, IPv4 addresses and amounts, which may be a number somewhere."""

_AMOUNT = re.compile(r"[0-9]+\.[0-9]{1,2}")


class PhoneFinder:
    """Phone numbers as people of ``region`` (ISO 3166-1, such as CN) write them, and, with ``+``, of every country."""

    def __init__(self, region: str) -> None:
        self._region = region

    def find(self, text: str, checks: Checks) -> Iterator[Span]:
        """Every phone number, in order; of those that begin together the longest."""
        blocks = find_blocks(text, LEAST_DIGITS, _LOOK_ALIKES)
        first = 0
        while first < len(blocks):
            for start, last in reversed(list(_candidates(text, blocks, first))):
                end = blocks[last].end
                if checks.passes(self._is_phone, text[start:end]):
                    yield start, end
                    first = last
                    break
            first += 1

    def _is_phone(self, candidate: str) -> bool:
        match = next(iter(PhoneNumberMatcher(candidate, self._region, max_tries=1)), None)
        return match is not None and match.raw_string == candidate and _is_complete(candidate, match.number)


def _is_complete(candidate: str, number: PhoneNumber) -> bool:
    """Whether ``candidate`` has a country code, or is as ``number`` is dialled at home.

    libphonenumber also takes one without the 0 of its area, so that two of five numbers of ten digits would be one.
    """
    if candidate.startswith(("+", "(+")):
        return True
    digits = normalize_digits_only(candidate)
    dialled = normalize_digits_only(format_number(number, PhoneNumberFormat.NATIONAL))
    code = str(number.country_code)
    return digits == dialled or digits.endswith((code + national_significant_number(number), code + dialled))


def _candidates(text: str, blocks: list[Block], first: int) -> Iterator[Span]:
    """Where each candidate that begins with block ``first`` begins, and the index of its last block."""
    begins = blocks[first].start
    abroad = text[max(0, begins - 2) : begins].endswith(("+", "+(")) or blocks[first].digits.startswith("00")
    most_digits, most_blocks = (MOST_DIGITS_ABROAD, MOST_BLOCKS_ABROAD) if abroad else (MOST_DIGITS, MOST_BLOCKS)
    if sum([len(block.digits) for block in blocks[first : first + most_blocks]]) < LEAST_DIGITS:
        return
    for last, digits in join_blocks(text, blocks, first, _SEPARATOR, most_digits):
        if last - first == most_blocks:
            return
        end = blocks[last].end
        if len(digits) < LEAST_DIGITS or _AMOUNT.fullmatch(text, begins, end) or not _ends_well(text, end):
            continue
        start = _with_lead(text, begins, end)
        if start < begins or _begins_well(text, start):
            yield start, last


def _with_lead(text: str, start: int, end: int) -> int:
    """Where the candidate begins with its plus sign, and with a bracket for each that it closes only."""
    unopened = text.count(")", start, end) - text.count("(", start, end)
    for lead in text[max(0, start - MOST_LEADS) : start][::-1]:
        if lead != "+" and not (lead == "(" and unopened > 0):
            break
        unopened -= lead == "("
        start -= 1
    return start


def _begins_well(text: str, start: int) -> bool:
    return begins_apart(text, start, _LABEL) and not (start and text[start - 1] in _MONEY)


def _ends_well(text: str, end: int) -> bool:
    if end < len(text) and text[end] in _MONEY:
        return False
    return ends_apart(text, end) or _EXTENSION.match(text, end) is not None
