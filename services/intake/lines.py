"""From pieces of a body, as they arrive, to its lines; a line that is too long is dropped while it arrives.

Blank lines at the end are no lines: many files end with one. Some thousand in a row are no file of anybody's: they are
refused, since a few bytes of compressed newlines would be hours of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.messages import Message
from services.intake.bodies import MOST_BYTES
from services.intake.domain.refusals import RequestRefused

MOST_BLANK = 1_000


class Lines:
    """Cuts pieces of a body into lines; None stands for a line that is too long, whose bytes are not kept."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._too_long = False
        self._blank = 0

    def feed(self, piece: bytes) -> list[bytes | None]:
        """The lines that this piece, which is shorter than the longest line, completes. Raises RequestRefused."""
        first, *others = piece.split(b"\n")
        self._extend(first)
        if not others:
            return []
        lines = list(self._hold_blank([self._close(), *others[:-1]]))
        self._extend(others[-1])
        return lines

    def end(self) -> list[bytes | None]:
        """The last line, where no newline ended it."""
        return list(self._hold_blank([self._close()])) if self._open or self._too_long else []

    def _hold_blank(self, lines: Iterable[bytes | None]) -> Iterator[bytes | None]:
        """The lines, a blank one only once another kind of line has followed it."""
        for line in lines:
            if line is None or line.strip():
                yield from [b""] * self._blank
                self._blank = 0
                yield line
            else:
                self._blank += 1
                if self._blank > MOST_BLANK:
                    raise RequestRefused(
                        "too_many_lines", Message("More than {most} blank lines in a row", most=MOST_BLANK)
                    )

    def _extend(self, part: bytes) -> None:
        self._open += part
        if len(self._open) > MOST_BYTES:
            self._too_long = True
        if self._too_long:
            self._open.clear()

    def _close(self) -> bytes | None:
        line = None if self._too_long else bytes(self._open)
        self._open.clear()
        self._too_long = False
        return line
