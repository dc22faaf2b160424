"""Warnings and errors in; the first of a kind at once, and its repetitions as one record with a count a period, out.

A client that retries against a broker that is away says so a thousand times a second.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from copy import copy
from dataclasses import dataclass

PERIOD_SECONDS = 10.0
MOST_KINDS = 1_000
"""As many are remembered; the count of the one that came first is then told early."""

Kind = tuple[str, int, str]


@dataclass(slots=True)
class _Repeated:
    """How often a kind came again within the period, and what its last record said."""

    last: logging.LogRecord
    count: int = 0


class RepeatedLines(logging.Handler):
    """Stands before the handler that writes.

    Of records of one kind within ten seconds the first is passed on at once. When they are over, the last one is,
    with ``repeated``: how many came after the first, or after the last such record. What is not told yet is told when
    the process ends through ``logging.shutdown``. What is less than a warning is passed on as it comes: of partitions
    that come and go, the last line is to say how it stands.
    """

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__()
        self._writer = writer
        self._kinds: OrderedDict[Kind, _Repeated] = OrderedDict()
        self._timer: threading.Timer | None = None
        self._ended = False

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on, or count it. Called with the handler's lock held."""
        if record.levelno < logging.WARNING or self._ended:
            self._writer.handle(record)
            return
        kind = _kind_of(record)
        known = self._kinds.get(kind)
        if known is not None:
            known.last = _without_traceback(record)
            known.count += 1
            return
        if len(self._kinds) >= MOST_KINDS:
            self._tell(self._kinds.popitem(last=False)[1])
        self._kinds[kind] = _Repeated(_without_traceback(record))
        self._writer.handle(record)
        if self._timer is None:
            self._start_timer()

    def flush(self) -> None:
        """End the period: tell what was repeated, and forget what was not."""
        self.acquire()
        try:
            self._stop_timer()
            self._kinds = OrderedDict((kind, one) for kind, one in self._kinds.items() if one.count)
            for repeated in self._kinds.values():
                self._tell(repeated)
            if self._kinds:
                self._start_timer()
        finally:
            self.release()

    def close(self) -> None:
        """Let the timer go, and begin none any more.

        What is said while the interpreter ends, by an object that was never closed, say, would start a thread that
        never runs, and wait for it for ever.
        """
        self._ended = True
        self._stop_timer()
        super().close()

    def _tell(self, repeated: _Repeated) -> None:
        if repeated.count:
            self._writer.handle(_with_count(repeated.last, repeated.count))
            repeated.count = 0

    def _start_timer(self) -> None:
        self._timer = threading.Timer(PERIOD_SECONDS, self.flush)
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _kind_of(record: logging.LogRecord) -> Kind:
    """Errors are one kind if they say the same; a library's warnings if one line of its code says them."""
    if isinstance(record.msg, dict):  # structlog's
        said = str({name: value for name, value in record.msg.items() if name != "timestamp"})
    elif record.levelno < logging.ERROR:
        said = str(record.msg)
    else:
        said = f"{record.getMessage()} {record.exc_info and record.exc_info[1]!r}"
    return record.name, record.levelno, said


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """A copy that keeps no frame of the code alive."""
    kept = copy(record)
    if not isinstance(record.msg, dict):
        kept.msg, kept.args, kept.exc_info = record.getMessage(), (), None
    return kept


def _with_count(record: logging.LogRecord, count: int) -> logging.LogRecord:
    counted = copy(record)
    if isinstance(record.msg, dict):
        counted.msg = {**record.msg, "repeated": count}
    else:
        counted.repeated = count
    return counted
