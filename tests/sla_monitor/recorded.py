"""Short ways to record the stories of several complaints, and one long story by hand, for questions about the past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import version as release
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from schemas.codec import encode
from schemas.ids import derived_id
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.review.recorded_events import Conclusion, RecordedEvents
from services.worktime.instants import microseconds
from tests.sla_monitor import stories


def of(complaint: str, *events: Any) -> list[Any]:
    """The same events, of another complaint."""

    def renamed(identifier: str) -> str:
        return derived_id(complaint, identifier)

    return [
        event.model_copy(
            update={"complaint_id": derived_id(complaint), "event_id": renamed(event.event_id)}
            | ({"cause_event_id": renamed(event.cause_event_id)} if hasattr(event, "cause_event_id") else {})
        )
        for event in events
    ]


def conclusions(events: Iterable[Any], book: PolicyBook, now: datetime) -> list[Conclusion]:
    """What the monitor makes of them."""
    recorded = RecordedEvents(microseconds(now))
    for event in events:
        recorded.read(encode(event))
    return list(recorded.conclude(book))


BERLIN_VERSION = f"berlin/7+tzdata-{release('tzdata')}"
BERLIN = ZoneInfo("Europe/Berlin")
"""Its clocks go back on Sunday, 25 October 2026: the weekend of the story has an hour more."""
CALENDAR = """\
version: 7
zone: Europe/Berlin
hours:
  mon: ["09:00-12:00", "13:00-17:00"]
  tue: ["09:00-12:00", "13:00-17:00"]
  wed: ["09:00-12:00", "13:00-17:00"]
  thu: ["09:00-12:00", "13:00-17:00"]
  fri: ["09:00-12:00", "13:00-17:00"]
"""
POLICIES = """\
version: 2026-10
policies:
  - name: strict
    match: {severity: [critical]}
    clocks:
      resolution:
        target: 12h
        calendar: berlin
        warn: {80: {level: high, owner: deputy}}
        pause_on: [customer]
        owner: lead
        runbook: r
  - name: default
    match: {}
    clocks:
      resolution: {target: 5bd, calendar: berlin, pause_on: [customer], owner: lead, runbook: r}
"""
LAXER = POLICIES.replace("2026-10", "2026-11").replace("12h", "20h")


def write_policies(folder: Path, policies: str = POLICIES) -> Path:
    """The files of the long story; the path of its policies."""
    (folder / "calendars").mkdir(parents=True)
    (folder / "calendars" / "berlin.yaml").write_text(CALENDAR)
    (folder / "policies.yaml").write_text(policies)
    return folder / "policies.yaml"


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time in October 2026."""
    return datetime(2026, 10, day, hour, minute, tzinfo=BERLIN)


RECEIVED = stories.received(berlin(22, 16))
LONG_STORY: list[Any] = [
    RECEIVED,
    stories.routed(RECEIVED),
    stories.paused(berlin(23, 15, 30), reason="customer", agent_id="ann"),
    stories.resumed(berlin(26, 10, 15)),
    stories.reclassified(berlin(26, 11), severity="critical"),
    stories.resolved(berlin(26, 15)),
    stories.reopened(berlin(27, 10)),
    stories.resolved(berlin(27, 16)),
    stories.reopened(berlin(28, 13, 30)),
    stories.resolved(berlin(28, 16, 30)),
]
