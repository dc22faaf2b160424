"""From a reading to its blocks of digits, and to the numbers that neighbouring blocks make together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import digits
from typing import NamedTuple

from services.intake.masking.reading import ASCII_ALPHANUMERIC

_BLOCK = re.compile(r"[0-9](?:([ .-])[0-9](?:\1[0-9]){5,}(?![0-9])|[0-9]*)")
"""Digits without anything between them, or seven or more single ones, with the same between each two."""

_LONGEST_LABEL = 12


class Block(NamedTuple):
    """Digits that belong together."""

    start: int
    end: int
    digits: str


class Number(NamedTuple):
    """Blocks read as one number; ``last`` is the index of the last of them."""

    last: int
    digits: str


def find_blocks(text: str, least_digits: int, look_alikes: re.Pattern[str] | None = None) -> list[Block]:
    """All blocks of ``text``, in order, but those of what ``look_alikes`` matches from a block's first digit on.

    None where there are fewer digits in all, because nothing in the text can then be a number of so many.
    """
    if sum(map(text.count, digits)) < least_digits:
        return []
    blocks = [Block(*found.span(), found[0][::2] if found[1] else found[0]) for found in _BLOCK.finditer(text)]
    return list(_without(look_alikes, text, blocks)) if look_alikes else blocks


def _without(look_alikes: re.Pattern[str], text: str, blocks: list[Block]) -> Iterator[Block]:
    taken = 0
    for block in blocks:
        if block.start < taken:
            continue
        if found := look_alikes.match(text, block.start):
            taken = found.end()
        else:
            yield block


def join_blocks(
    text: str, blocks: list[Block], first: int, separator: re.Pattern[str], most_digits: int, least_inside: int = 1
) -> Iterator[Number]:
    """The numbers that begin with block ``first``, the shortest first.

    ``separator`` is all that may stand between two blocks; every block but a number's last has ``least_inside`` digits.
    """
    joined = blocks[first].digits
    last = first
    while len(joined) <= most_digits:
        yield Number(last, joined)
        block, last = blocks[last], last + 1
        if last == len(blocks) or len(block.digits) < least_inside:
            return
        if not separator.fullmatch(text, block.end, blocks[last].start):
            return
        joined += blocks[last].digits


def label_pattern(words: str) -> re.Pattern[str]:
    """For ``begins_apart``: one of ``words``, separated by ``|``, as a whole word, in any case."""
    return re.compile(rf"(?<![0-9A-Za-z])(?:{words})\Z", re.IGNORECASE)


def begins_apart(text: str, start: int, label: re.Pattern[str]) -> bool:
    """Whether what begins at ``start`` continues no letters or digits, unless they are a ``label`` such as ``tel``."""
    if not start or text[start - 1] not in ASCII_ALPHANUMERIC:
        return True
    return label.search(text, max(0, start - _LONGEST_LABEL), start) is not None


def ends_apart(text: str, end: int) -> bool:
    """Whether no letter or digit follows what ends at ``end``."""
    return end == len(text) or text[end] not in ASCII_ALPHANUMERIC
