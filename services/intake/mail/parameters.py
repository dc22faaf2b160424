"""From a header such as Content-Type to its value and its parameters (RFC 2045, section 5.1; RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from services.intake.mail.charsets import Charsets
from services.intake.mail.encoded_words import decode_raw
from services.intake.mail.message import Faults

_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^;]*))', re.DOTALL)
_SECTION = re.compile(r"(.+?)\*(\d{1,3})?(\*)?", re.ASCII)
_ESCAPE = re.compile(r'\\([\\"])')


def read_parameters(value: bytes, charsets: Charsets, faults: Faults) -> tuple[str, dict[str, str]]:
    """The value in lower case, and its parameters by name in lower case.

    Of ``name`` and ``name*``, the second counts. Encoded words in a value, which are against RFC 2047 but common, stand
    as they are.
    """
    text = decode_raw(value, charsets, faults)
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(text):
        name = found[1].lower()
        given = found[3].strip() if found[2] is None else _ESCAPE.sub(r"\1", found[2])
        section = _SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, given)
            continue
        number, encoded = (int(section[2]), section[3] is not None) if section[2] else (0, True)
        sections.setdefault(section[1], {}).setdefault(number, (given, encoded))
    joined = {name: _join(parts, charsets, faults) for name, parts in sections.items()}
    return text.partition(";")[0].strip().lower(), plain | joined


def _join(sections: dict[int, tuple[str, bool]], charsets: Charsets, faults: Faults) -> str:
    charset = None
    data: list[bytes] = []
    for _, (given, encoded) in sorted(sections.items()):
        text = given
        if encoded and not data and given.count("'") >= 2:
            charset, _, text = given.split("'", 2)
        raw = text.encode("utf-8", "replace")
        data.append(unquote_to_bytes(raw) if encoded else raw)
    return charsets.decode(b"".join(data), charset or "utf-8", faults)
