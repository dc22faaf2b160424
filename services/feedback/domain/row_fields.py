"""Between what rows are made of and its bytes: names, keys of windows, and fixed layouts one after the other."""

from __future__ import annotations

from struct import Struct
from typing import Any

from schemas.primitives import SurveyMetric
from services.feedback.domain.window import WindowKey
from services.worktime.instants import instant, microseconds

METRIC_NUMBERS: dict[SurveyMetric, int] = {"csat": 0, "nps": 1, "ces": 2}
"""Rows hold the numbers: never change one."""
METRICS: dict[int, SurveyMetric] = {number: metric for metric, number in METRIC_NUMBERS.items()}

INTEGER = Struct(">q")
WINDOW_KEY = Struct(">Bqq")
"""Metric, start, end; then dimension and value as names."""
LENGTH = Struct(">H")
NO_NAME = 2**16 - 1
"""The length of an absent name."""


class UnknownFormat(ValueError):
    """A row that this version of the service did not write: it must not be guessed at."""


def encode_name(name: str | None) -> bytes:
    """The name as UTF-8 after its length."""
    if name is None:
        return LENGTH.pack(NO_NAME)
    raw = name.encode()
    return LENGTH.pack(len(raw)) + raw


def encode_window_key(key: WindowKey) -> bytes:
    """The key, without its row's format."""
    span = WINDOW_KEY.pack(METRIC_NUMBERS[key.metric], microseconds(key.start), microseconds(key.end))
    return span + encode_name(key.dimension) + encode_name(key.value)


class RowReader:
    """Reads one thing after the other from a row."""

    def __init__(self, body: bytes, *, row_format: int) -> None:
        """Raises UnknownFormat where the row has another format than ``row_format``."""
        if body[0] != row_format:
            raise UnknownFormat(
                f"a row has format {body[0]}, and this version reads {row_format}; replay the topics into new ones"
            )
        self._body = body
        self._at = 0

    def read(self, layout: Struct) -> tuple[Any, ...]:
        """The values of a fixed layout."""
        values = layout.unpack_from(self._body, self._at)
        self._at += layout.size
        return values

    def read_integer(self) -> int:
        """An INTEGER."""
        value: int = self.read(INTEGER)[0]
        return value

    def read_name(self) -> str | None:
        """A name, or None for an absent one."""
        (length,) = self.read(LENGTH)
        if length == NO_NAME:
            return None
        self._at += length
        return self._body[self._at - length : self._at].decode()

    def read_text(self) -> str:
        """A name that is never absent."""
        return self.read_name() or ""

    def read_rest(self) -> bytes:
        """All that was not read yet."""
        return self._body[self._at :]

    def read_window_key(self) -> WindowKey:
        """The key of a window."""
        metric, start, end = self.read(WINDOW_KEY)
        return WindowKey(METRICS[metric], self.read_text(), self.read_text(), instant(start), instant(end))
