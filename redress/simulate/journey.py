"""From a complaint's arrival to its lifecycle events as a back office sends them, in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from redress.simulate.complaints import CATEGORIES, choose

AGENTS, LEADS = 60, 5
OPENS, CLOSES = 8, 20
"""The hours between which agents work, on every day of the week."""

MINUTE, HOUR, DAY = 1.0, 60.0, 1440.0
OUTCOMES = {"explained": 45, "upheld": 30, "partly_upheld": 15, "rejected": 7, "duplicate": 3}

GIVEN_BACK = {"not my field": 50, "end of shift": 30, "not my language": 20}

TimedEvent = tuple[datetime, dict[str, Any]]
"""When something happened, and the event without its instant."""


def simulate_journey(received_at: datetime, random: Random) -> list[TimedEvent]:
    """The events of one complaint. Some are forgotten, some withdrawn, some reopened after they were resolved.

    An agent may give it back, and another takes it then; or hand it over, to a colleague or to a team lead.
    """
    story = _Story(received_at, random)
    if story.chance(0.5):
        story.after(0.2 * MINUTE).tell("complaint_acknowledged", automatic=True)
    if story.chance(0.02):
        return story.told
    if story.chance(0.08):
        story.after(12 * MINUTE).at_work()
        story.tell("complaint_reclassified", category=choose(CATEGORIES, random), agent_id=story.agent)
    story.after(25 * MINUTE).at_work().take()
    if story.chance(0.05):
        story.after(20 * MINUTE).at_work().give_back()
        story.after(45 * MINUTE).at_work().take()
    if story.chance(0.03):
        story.after(3 * HOUR).tell("complaint_withdrawn", personal={"reason": "settled elsewhere"})
        return story.told
    kind = "holding" if story.chance(0.2) else "reply"
    story.after(90 * MINUTE).at_work().tell("agent_replied", agent_id=story.agent, kind=kind)
    if story.chance(0.03):
        story.after(2 * HOUR).at_work()
        because = {"reason": "asked for"}
        story.tell("complaint_escalated", level="team-lead", personal=because, agent_id=story.agent)
        story.after(15 * MINUTE).at_work().hand_over(f"lead-{random.randint(1, LEADS):02d}")
    elif story.chance(0.07):
        story.after(3 * HOUR).at_work().hand_over(story.draw_colleague())
    if story.chance(0.22):
        _wait_for_customer(story)
    elif story.chance(0.1):
        _wait_for_third_party(story)
    _solve(story)
    if story.chance(0.07):
        story.after(18 * HOUR).tell("complaint_reopened", by="customer", personal={"reason": "it is back"})
        story.after(1 * HOUR).at_work().take()
        _solve(story)
    story.after(3 * DAY).tell("complaint_closed", agent_id=story.agent)
    return story.told


class _Story:
    """Events with the time that passes between them. ``agent`` has the complaint, or will take it."""

    def __init__(self, at: datetime, random: Random) -> None:
        self.at = at
        self.random = random
        self.agent = _name(random.randint(1, AGENTS))
        self.told: list[TimedEvent] = []

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def tell(self, event_type: str, **fields: Any) -> None:
        self.told.append((self.at, {"type": event_type, **fields}))

    def take(self) -> None:
        self.tell("agent_assigned", agent_id=self.agent)

    def hand_over(self, to: str) -> None:
        self.tell("agent_assigned", agent_id=to, replaces=self.agent)
        self.agent = to

    def give_back(self) -> None:
        why = choose(GIVEN_BACK, self.random)
        self.tell("agent_released", agent_id=self.agent, personal={"reason": why})
        self.agent = self.draw_colleague()

    def draw_colleague(self) -> str:
        return self.random.choice([name for name in map(_name, range(1, AGENTS + 1)) if name != self.agent])

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


def _name(agent: int) -> str:
    return f"agent-{agent:02d}"


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
