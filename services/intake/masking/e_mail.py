"""Where e-mail addresses stand in a reading (RFC 5321 and 5322, with the letters of RFC 6531)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.masking.checks import Checks
from services.intake.masking.reading import Span

LONGEST_LOCAL_PART = 64
LONGEST_DOMAIN = 255
"""RFC 5321, section 4.5.3.1, counts octets; characters are no more."""

_LETTERS = r"A-Za-z\u00C0-\u024F\u0370-\u052F"
"""Latin, Greek and Cyrillic: scripts that put spaces between words, so that an address ends where its letters do."""

_DOT = r"(?:\.|\u3002(?=(?:com|cn|net|org)(?![A-Za-z])))"
_TOP_LEVEL = rf"(?:xn--[A-Za-z0-9-]{{2,59}}|[{_LETTERS}]{{2,63}})"
_DOMAIN = re.compile(rf"(?:[{_LETTERS}0-9-]{{1,63}}{_DOT}){{1,126}}{_TOP_LEVEL}")
"""Labels and a top-level domain. A Chinese keyboard's full stop counts where no sentence can begin behind it."""

_BACKWARDS = re.compile(
    rf"[{_LETTERS}0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,{LONGEST_LOCAL_PART}}}|[\w.+-]{{1,{LONGEST_LOCAL_PART}}}"
)
"""A local part from its end: an atom with dots, or, where it ends in a letter of another script, such letters too."""

_BEGINNING = re.compile(r"[^\W_]")
"""Where a local part begins: quotes, asterisks and brackets before its first letter or digit are the sentence's."""


def find(text: str, _checks: Checks) -> Iterator[Span]:
    """Every address, in order. Each ``@`` costs no more than the longest address, whatever stands around it."""
    free_from = 0
    at = text.find("@")
    while at >= 0:
        local = _BACKWARDS.match(text[max(free_from, at - LONGEST_LOCAL_PART) : at][::-1])
        domain = _DOMAIN.match(text, at + 1, at + 1 + LONGEST_DOMAIN) if local else None
        if local and domain and (beginning := _BEGINNING.search(text, at - local.end(), at)):
            yield beginning.start(), domain.end()
            free_from = domain.end()
        at = text.find("@", at + 1)
