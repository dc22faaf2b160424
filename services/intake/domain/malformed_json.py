"""What a body is that is no JSON: senders meet the same few mistakes, and a parser's message names none of them."""

from __future__ import annotations

import re

from schemas.messages import Message

LOOK_BYTES = 200
_FORM = re.compile(rb"[A-Za-z0-9_.~%+\[\]-]+=[^{\"]*(&|$)").match
_AT_LINE = re.compile(r"Invalid JSON: (?P<reason>.*) at line (?P<line>\d+) column (?P<column>\d+)").fullmatch

BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "a byte order mark (U+FEFF) stands before the JSON: send UTF-8 without it",
    b"\xff\xfe": "this is UTF-16, by its byte order mark: send UTF-8",
    b"\xfe\xff": "this is UTF-16, by its byte order mark: send UTF-8",
}
"""Said of a body that begins so, and that no JSON parser reads (RFC 8259, section 8.1)."""


def describe_malformed(body: bytes, message: str) -> str:
    """What ``body`` is, where that can be seen; else where the parser gave up, by its ``message``."""
    for mark, detail in BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return detail
    if b"\x00" in body[:4]:
        return "this is UTF-16 or UTF-32, by its zero bytes: send UTF-8"
    if _FORM(body[:LOOK_BYTES]):
        return "this is a form (application/x-www-form-urlencoded): send a JSON object"
    found = _AT_LINE(message)
    if found is None:
        return message
    return Message("this is no JSON from line {line}, column {column} on: {reason}", **found.groupdict())
