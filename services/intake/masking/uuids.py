"""Where UUIDs stand in a reading: their groups of digits are numbers of no other kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.masking.checks import Checks
from services.intake.masking.reading import Span

_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_DASHES = 4
"""RFC 9562, section 4."""


def find(text: str, _checks: Checks) -> Iterator[Span]:
    """Every UUID, in order."""
    if text.count("-") >= _DASHES:
        yield from (found.span() for found in _UUID.finditer(text))
