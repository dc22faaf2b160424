"""Where numbers of bank cards stand in a reading: 13 to 19 digits with Luhn's check digit (ISO/IEC 7812-1).

One in ten numbers passes that check by chance, so the first digits must be a bank's as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from services.intake.masking.checks import Checks
from services.intake.masking.digit_blocks import (
    begins_apart,
    ends_apart,
    find_blocks,
    join_blocks,
    label_pattern,
)
from services.intake.masking.reading import Span

LEAST_DIGITS = 13
MOST_DIGITS = 19

_BANKS = re.compile(r"(?:[34569]|2[2-7])[0-9]{15,18}|3[0-9]{13,14}|4[0-9]{12}")
"""Sixteen digits or more of Mir and Mastercard (22 to 27), American networks and JCB (3), Visa (4), Mastercard and
Maestro (5), UnionPay, Discover and Maestro (6), and Chinese banks' own (9); the shorter ones of Diners Club and
American Express (3), and Visa's old ones. So no date, epoch, ISBN or EAN is among them."""

_SEPARATOR = re.compile(r" |-| - ")
_LEAST_INSIDE = 4
"""A card prints its number in fours or more. Shorter blocks are columns of a table."""

_LABEL = label_pattern("card|bankcard|visa")


def find(text: str, checks: Checks) -> Iterator[Span]:
    """Every such number, in order; of those that begin together the longest."""
    blocks = find_blocks(text, LEAST_DIGITS)
    first = 0
    while first < len(blocks):
        if len(blocks[first].digits) >= _LEAST_INSIDE and begins_apart(text, blocks[first].start, _LABEL):
            numbers = join_blocks(text, blocks, first, _SEPARATOR, MOST_DIGITS, _LEAST_INSIDE)
            for last, digits in reversed([number for number in numbers if _BANKS.fullmatch(number.digits)]):
                end = blocks[last].end
                if ends_apart(text, end) and checks.passes(luhn.is_valid, digits):
                    yield blocks[first].start, end
                    first = last
                    break
        first += 1
