"""From the bytes of a mail, or of one of its parts, to its header fields and the place where its body begins.

Not ``email.parser``: it holds every line of a mail as a text of its own, which takes up to 15 times the mail's size,
and looks at every line once for each multipart that is open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.intake.mail.message import Faults

LONGEST_VALUE = 16_384
"""Bytes of one field that are kept."""

MOST_FIELDS = 1_000
MOST_LINES = 20_000
MOST_LINES_OF_PART = 500

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_FIELD_OR_FOLD = re.compile(_FIELD.pattern + rb"|[ \t]+[^ \t\n]")
_BEFORE_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\n*(?:>?From (?![ \t]*:)[^\n]*\n?)?\n*")


@dataclass(frozen=True, slots=True)
class Head:
    """Header fields in their order: name in lower case, unfolded value as bytes."""

    fields: tuple[tuple[str, bytes], ...] = ()

    def all(self, name: str) -> list[bytes]:
        """The values of all fields of that name."""
        return [value for known, value in self.fields if known == name]

    def has(self, name: str) -> bool:
        """Whether there is a field of that name."""
        return any(known == name for known, _ in self.fields)

    def first(self, name: str) -> bytes | None:
        """The value of the first field of that name."""
        return next((value for known, value in self.fields if known == name), None)

    def token(self, name: str) -> str:
        """The first word of the first field of that name, in lower case and without comments; else empty."""
        value = re.sub(rb"\([^()]*\)", b" ", self.first(name) or b"")
        words = re.split(rb"[\s;,]+", value.strip(), maxsplit=1)
        return words[0].strip(b"\"'").decode("ascii", "replace").lower()


def normalise_line_ends(raw: bytes) -> bytes:
    """``raw`` with LF alone as the end of a line, whichever of CRLF, CR CR LF, LF and CR it had."""
    if b"\r" not in raw:
        return raw
    return raw.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def find_start(data: bytes) -> int:
    """Where the mail begins in ``data``: behind a byte order mark, blank lines and the "From " line of an mbox."""
    before = _BEFORE_HEAD.match(data)
    return before.end() if before else 0


def read_head(data: bytes, start: int, end: int, faults: Faults, most_lines: int = MOST_LINES) -> tuple[Head, int]:
    """The fields that begin at ``start``, and where the body begins.

    A line that is no field is passed over where a field follows; otherwise the body begins with it.
    """
    fields: list[tuple[str, list[bytes]]] = []
    room = 0
    position = start
    for _ in range(most_lines):
        if position >= end:
            break
        line_end = _end_of_line(data, position, end)
        if line_end == position:
            position += 1
            break
        line = data[position : min(line_end, position + LONGEST_VALUE)]
        cut = len(line) < line_end - position
        if line[:1] in b" \t" and fields and (line.strip() or _goes_on(data, line_end + 1, end, _FIELD_OR_FOLD)):
            cut = cut or len(line) > room
            piece = line[:room]
        elif (field := _FIELD.match(line)) and len(fields) < MOST_FIELDS:
            fields.append((field[1].decode("ascii").lower(), []))
            piece, room = line[field.end() :], LONGEST_VALUE
        elif field or _goes_on(data, line_end + 1, end, _FIELD):
            faults.add("headers_cut" if field else "malformed_header")
            position, room = line_end + 1, 0
            continue
        else:
            break
        if cut:
            faults.add("headers_cut")
        fields[-1][1].append(piece)
        room -= len(piece)
        position = line_end + 1
    else:
        faults.add("headers_cut")
        blank = data.find(b"\n\n", position - 1, end)
        position = end if blank < 0 else blank + 2
    return Head(tuple((name, b"".join(pieces).strip()) for name, pieces in fields)), min(position, end)


def _end_of_line(data: bytes, position: int, end: int) -> int:
    found = data.find(b"\n", position, end)
    return end if found < 0 else found


def _goes_on(data: bytes, position: int, end: int, form: re.Pattern[bytes]) -> bool:
    return form.match(data, position, min(end, position + 200)) is not None
