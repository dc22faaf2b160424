"""The time of one partition of one stage, in milliseconds since 1970. It never goes back.

Wall time follows the wall clock, but not past what has been read: a worker that comes back with a backlog
stands at the oldest record it has just read. Announced time (stream time, and time across a repartition)
is the lowest that every announcer has said with ClockAdvanced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping


class WallClock:
    """Follows the wall clock behind the positions in the clock topics."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.now = 0
        self._topics = topics
        self._read: dict[str, int] = {}
        self._noted: tuple[int, Mapping[str, int]] | None = None

    def begin(self, recorded_at: int) -> bool:
        """The first record of all was recorded then: time begins there, not in 1970. True if it was the first."""
        if self.now:
            return False
        self.now = recorded_at
        return True

    def read(self, topic: str, recorded_at: int) -> None:
        """A record of ``topic`` was processed."""
        if topic in self._topics:
            self._read[topic] = recorded_at

    def tick(self, wall: int, ends: Mapping[str, int], positions: Mapping[str, int]) -> bool:
        """At instant ``wall`` the clock topics ended at ``ends``; ``positions`` are processed. True if time moved.

        What was noted stands until it is reached: under steady load the newest end never is.
        """
        before = self.now
        self.reach(positions)
        if self._noted is None:
            self._noted = (wall, ends)
        noted_wall, lagging = self._noted[0], self._lagging(positions)
        if not lagging:
            self._advance(noted_wall)
            self._noted = None
        elif all(topic in self._read for topic in lagging):
            self._advance(min(noted_wall, *(self._read[topic] for topic in lagging)))
        return self.now > before

    def reach(self, positions: Mapping[str, int]) -> bool:
        """``positions`` are processed: if what was noted is among it, time comes to when that was. True if time moved.

        To ask with every record batch and not only at the next tick finds a deadline 0.1 s sooner under load.
        """
        if self._noted is None or self._lagging(positions):
            return False
        before = self.now
        self._advance(self._noted[0])
        self._noted = None
        return self.now > before

    def announce(self, announcer: str, to: int) -> bool:
        """ClockAdvanced moves no wall clock."""
        return False

    def store(self) -> bytes:
        """The clock as a row."""
        return json.dumps({"now": self.now}).encode()

    def restore(self, row: bytes) -> None:
        """Go on from what was committed."""
        self.now = int(json.loads(row)["now"])

    def _lagging(self, positions: Mapping[str, int]) -> list[str]:
        if self._noted is None:
            return []
        return [topic for topic, end in self._noted[1].items() if positions.get(topic, 0) < end]

    def _advance(self, to: int) -> None:
        self.now = max(self.now, to)


class AnnouncedClock:
    """Stands until each of ``announcers`` (clock topics, or origin partitions) has announced a time."""

    def __init__(self, announcers: frozenset[str]) -> None:
        self.now = 0
        self._announcers = announcers
        self._announced: dict[str, int] = {}

    def begin(self, recorded_at: int) -> bool:
        """Announced time begins with the first announcement."""
        return False

    def read(self, topic: str, recorded_at: int) -> None:
        """Records move no announced clock."""

    def tick(self, wall: int, ends: Mapping[str, int], positions: Mapping[str, int]) -> bool:
        """The wall clock moves no announced clock."""
        return False

    def reach(self, positions: Mapping[str, int]) -> bool:
        """Nor do positions."""
        return False

    def announce(self, announcer: str, to: int) -> bool:
        """``announcer`` says that its time has come to ``to``. True if this clock moved."""
        if announcer not in self._announcers:
            return False
        self._announced[announcer] = max(to, self._announced.get(announcer, 0))
        if len(self._announced) < len(self._announcers):
            return False
        before, self.now = self.now, max(self.now, min(self._announced.values()))
        return self.now > before

    def store(self) -> bytes:
        """The clock as a row."""
        return json.dumps({"now": self.now, "announced": self._announced}).encode()

    def restore(self, row: bytes) -> None:
        """Go on from what was committed."""
        stored = json.loads(row)
        self.now, self._announced = int(stored["now"]), dict(stored["announced"])


Clock = WallClock | AnnouncedClock
