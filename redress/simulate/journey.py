"""From a complaint's arrival to its lifecycle events as a back office sends them, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from redress.simulate.complaints import CATEGORIES, choose

AGENTS = 60
OPENS, CLOSES = 8, 20
"""The hours between which agents work, on every day of the week."""

MINUTE, HOUR, DAY = 1.0, 60.0, 1440.0
OUTCOMES = {"explained": 45, "upheld": 30, "partly_upheld": 15, "rejected": 7, "duplicate": 3}

TimedEvent = tuple[datetime, dict[str, Any]]
"""When something happened, and the event without its instant."""


def simulate_journey(received_at: datetime, random: Random) -> list[TimedEvent]:
    """The events of one complaint. Some are forgotten, some withdrawn, some reopened after they were resolved."""
    story = _Story(received_at, random)
    if story.chance(0.5):
        story.after(0.2 * MINUTE).tell("complaint_acknowledged", automatic=True)
    if story.chance(0.02):
        return story.told
    if story.chance(0.08):
        story.after(12 * MINUTE).at_work()
        story.tell("complaint_reclassified", category=choose(CATEGORIES, random), agent_id=story.agent)
    story.after(25 * MINUTE).at_work().tell("agent_assigned", agent_id=story.agent)
    if story.chance(0.03):
        story.after(3 * HOUR).tell("complaint_withdrawn", personal={"reason": "settled elsewhere"})
        return story.told
    kind = "holding" if story.chance(0.2) else "reply"
    story.after(90 * MINUTE).at_work().tell("agent_replied", agent_id=story.agent, kind=kind)
    if story.chance(0.03):
        story.after(2 * HOUR).at_work()
        because = {"reason": "asked for"}
        story.tell("complaint_escalated", level="team-lead", personal=because, agent_id=story.agent)
    if story.chance(0.22):
        _wait_for_customer(story)
    elif story.chance(0.1):
        _wait_for_third_party(story)
    _solve(story)
    if story.chance(0.07):
        story.after(18 * HOUR).tell("complaint_reopened", by="customer", personal={"reason": "it is back"})
        _solve(story)
    story.after(3 * DAY).tell("complaint_closed", agent_id=story.agent)
    return story.told


class _Story:
    """Events with the time that passes between them."""

    def __init__(self, at: datetime, random: Random) -> None:
        self.at = at
        self.random = random
        self.agent = f"agent-{random.randint(1, AGENTS):02d}"
        self.told: list[TimedEvent] = []

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def tell(self, event_type: str, **fields: Any) -> None:
        self.told.append((self.at, {"type": event_type, **fields}))

    def after(self, median_minutes: float) -> _Story:
        """Some time later: half of the times before the median, a few of them very late."""
        seconds = 60 * self.random.lognormvariate(log(median_minutes), 0.9)
        self.at += timedelta(seconds=round(seconds) + 1)
        return self

    def at_work(self) -> _Story:
        """The same instant if agents work then, else some minutes after they begin again."""
        if not OPENS <= self.at.hour < CLOSES:
            opening = self.at.replace(hour=OPENS, minute=0, second=0)
            opening += timedelta(days=1 if self.at.hour >= CLOSES else 0)
            self.at = opening + timedelta(seconds=self.random.randint(0, 5_400))
        return self


def _wait_for_customer(story: _Story) -> None:
    story.after(20 * MINUTE).at_work().tell("agent_replied", agent_id=story.agent, kind="reply")
    story.tell("complaint_paused", reason="customer", agent_id=story.agent)
    story.after(9 * HOUR).tell("customer_replied", personal={"body": "Here is what you asked for."})
    story.after(2 * MINUTE).tell("complaint_resumed", agent_id=story.agent)


def _wait_for_third_party(story: _Story) -> None:
    story.after(1 * HOUR).at_work().tell("complaint_paused", reason="third_party", agent_id=story.agent)
    story.after(20 * HOUR).at_work().tell("complaint_resumed", agent_id=story.agent)


def _solve(story: _Story) -> None:
    story.after(14 * HOUR).at_work().tell("agent_replied", agent_id=story.agent, kind="final")
    story.after(2 * MINUTE).tell("complaint_resolved", outcome=choose(OUTCOMES, story.random), agent_id=story.agent)
