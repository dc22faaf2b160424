"""What was published of a complaint's clocks: the alerts, the ends of clocks, and how all of them stood at last."""

from __future__ import annotations

from typing import NamedTuple

NO_DIGEST = b"\0" * 8
"""The digest of what was not published."""
KEPT = len(NO_DIGEST)
"""So many bytes of a digest are kept."""


class AlertKey(NamedTuple):
    """What names an alert within its complaint."""

    clock: str
    cycle: bytes
    threshold: int


class StopKey(NamedTuple):
    """What names the end of a clock within its complaint."""

    clock: str
    cycle: bytes


class PublishedAlert(NamedTuple):
    """The last that was published of an alert."""

    revision: int
    stands: bool
    digest: bytes


class PublishedStop(NamedTuple):
    """The last that was published of a clock's end, and how often it was."""

    number: int
    digest: bytes


class Published:
    """Of one complaint. ``open_clocks`` are those that had not ended when its clocks were published last."""

    def __init__(self, clocks_digest: bytes = NO_DIGEST, open_clocks: tuple[str, ...] = ()) -> None:
        self.clocks_digest = clocks_digest
        self.open_clocks = open_clocks
        self.alerts: dict[AlertKey, PublishedAlert] = {}
        self.stops: dict[StopKey, PublishedStop] = {}
