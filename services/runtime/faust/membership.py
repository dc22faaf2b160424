"""On whose behalf a worker commits: a member of its consumer group, in one generation."""

from __future__ import annotations

from typing import NamedTuple


class Membership(NamedTuple):
    """As the group's coordinator gave it with an assignment, and as it stays until the next one.

    It is noted once, at the assignment. Read at commit time, aiokafka may already hold the next generation, or none
    (-1 and ""), which the coordinator does not check at all.
    """

    generation: int
    member_id: str

    @property
    def valid(self) -> bool:
        """Whether the coordinator would check it."""
        return self.generation >= 0 and bool(self.member_id)


NOBODY = Membership(-1, "")
"""Before the first assignment."""
