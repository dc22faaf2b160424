"""From pieces of a body, as they arrive, to its lines; a line that is too long is dropped while it arrives."""

from __future__ import annotations

from services.intake.bodies import MOST_BYTES


class Lines:
    """Cuts pieces of a body into lines; None stands for a line that is too long, whose bytes are not kept."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._too_long = False

    def feed(self, piece: bytes) -> list[bytes | None]:
        """The lines that this piece, which is shorter than the longest line, completes."""
        first, *others = piece.split(b"\n")
        self._extend(first)
        if not others:
            return []
        lines = [self._close(), *others[:-1]]
        self._extend(others[-1])
        return lines

    def end(self) -> list[bytes | None]:
        """The last line, where no newline ended it."""
        return [self._close()] if self._open or self._too_long else []

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
