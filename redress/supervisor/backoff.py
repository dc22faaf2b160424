"""How long to wait before a process that ended is started again: how long it ran in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 60.0


@dataclass
class Backoff:
    """Doubles from half a second to half a minute; starts anew once a process has run for a minute."""

    ends: int = 0

    def after_end(self, ran_seconds: float) -> float:
        """Seconds to wait after a process ended unasked that had run for ``ran_seconds``."""
        if ran_seconds >= STEADY_SECONDS:
            self.ends = 0
        self.ends += 1
        return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (self.ends - 1))
