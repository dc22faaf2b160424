"""From the bytes of a mail to the tree of its MIME parts (RFC 2046), with bounds on depth and number.

A multipart is split from the outside inwards, so that an inner one without an end cannot swallow what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.mail.charsets import Charsets
from services.intake.mail.head import MOST_LINES_OF_PART, Head, read_head
from services.intake.mail.message import Faults
from services.intake.mail.parameters import read_parameters

DEEPEST = 20
MOST_PARTS = 500
LONGEST_BOUNDARY = 200

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,99}/[a-z0-9!#$&^_.+-]{1,99}")
_FIRST_DELIMITER = re.compile(rb"\n*--([^\n]{1,200})\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A part whose body is ``data[start:end]``; of a multipart also the parts inside it."""

    head: Head
    media_type: str
    parameters: dict[str, str]
    disposition: str
    name: str | None
    start: int
    end: int
    children: tuple[Part, ...] = ()

    @property
    def is_multipart(self) -> bool:
        """Whether it has parts instead of a body."""
        return bool(self.children)

    def walk(self) -> Iterator[Part]:
        """The part and all inside it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()


class PartReader:
    """Reads the parts of one mail, and counts them."""

    def __init__(self, data: bytes, charsets: Charsets, faults: Faults) -> None:
        self._data = data
        self._charsets = charsets
        self._faults = faults
        self._left = MOST_PARTS

    def read(self, head: Head, start: int, end: int, default: str = "text/plain", depth: int = 0) -> Part:
        """The part with that head, whose body is ``data[start:end]``."""
        written = head.first("content-type")
        media_type, parameters = read_parameters(written or b"", self._charsets, self._faults)
        media_type = media_type.split(maxsplit=1)[0] if media_type else ""
        if not _MEDIA_TYPE.fullmatch(media_type):
            if written is not None and media_type != "text":
                self._faults.add("malformed_content_type")
            media_type = default
        disposition, more = read_parameters(head.first("content-disposition") or b"", self._charsets, self._faults)
        name = more.get("filename") or parameters.get("name")
        children: tuple[Part, ...] = ()
        if media_type.startswith("multipart/"):
            if depth == DEEPEST:
                self._faults.add("too_deep")
            elif not (children := self._read_children(media_type, parameters.get("boundary", ""), start, end, depth)):
                media_type = "text/plain"
        return Part(head, media_type, parameters, disposition, name, start, end, children)

    def _read_children(self, media_type: str, boundary: str, start: int, end: int, depth: int) -> tuple[Part, ...]:
        delimiter = boundary.rstrip().encode("utf-8", "replace")[:LONGEST_BOUNDARY]
        if not delimiter:
            self._faults.add("missing_boundary")
            first = _FIRST_DELIMITER.match(self._data, start, min(end, start + 1_000))
            if first is None:
                return ()
            delimiter = first[1].rstrip()
        default = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        children = []
        for child_start, child_end in self._split(delimiter, start, end):
            if self._left == 0:
                self._faults.add("too_many_parts")
                break
            self._left -= 1
            head, body = read_head(self._data, child_start, child_end, self._faults, MOST_LINES_OF_PART)
            children.append(self.read(head, body, child_end, default, depth + 1))
        if not children:
            self._faults.add("missing_boundary")
        return tuple(children)

    def _split(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where the parts begin and end. The line end before a delimiter belongs to the delimiter."""
        delimiters = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]{0,100}(?=\n|\Z)")
        part_start = -1
        for delimiter in delimiters.finditer(self._data, max(0, start - 1), end):
            if part_start >= 0:
                yield part_start, max(part_start, delimiter.start())
            if delimiter[1]:
                return
            part_start = min(delimiter.end() + 1, end)
        if part_start >= 0:
            self._faults.add("unclosed_multipart")
            yield part_start, end
