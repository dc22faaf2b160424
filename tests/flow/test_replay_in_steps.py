"""History replayed in memory through all services: what stands in the end depends on what happened and on nothing else.

Not on how often time is told, on the order of reading, on kills, or on a second replay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from redress.replay.stream_time import HOUR, advance_time
from redress.simulate.contact_centre import simulate_contact_centre
from schemas.events import LifecycleEvent
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
)
from schemas.views.standing_alerts import StandingAlerts
from services.intake.domain.arrivals import Sender
from services.intake.domain.bulk_lines import accept_bulk_line
from services.intake.domain.request_models import BULK_LINE, parse_body
from tests.flow.all_services import all_services, tell_time
from tests.incident_log import incident_history, needs_incident_log
from tests.short_config import write_config

Steps = Iterable[LifecycleEvent | datetime]
NEW_YEAR, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
HORIZON = timedelta(days=35)
"""Beyond the window in which late events of a closed complaint count."""
DAY = timedelta(days=1)
CHANNELS = frozenset({"app", "web", "chat", "phone", "email", "branch", "regulator"})
SERVICES = ("router", "sla_monitor", "feedback")


def simulated(complaints: int, days: int) -> list[LifecycleEvent]:
    """What becomes of complaints that lie days apart."""
    sender = Sender("local", CHANNELS, fresh_id=lambda: pytest.fail("a line has no identity of its own"))
    lines = simulate_contact_centre(complaints, seed=3, days=days, start=NEW_YEAR)
    return [accept_bulk_line(parse_body(BULK_LINE, json.dumps(line).encode()), sender, NOW).event for line in lines]


def as_it_is(events: list[LifecycleEvent]) -> list[LifecycleEvent]:
    return events


def cut_to_minutes(events: list[LifecycleEvent]) -> list[LifecycleEvent]:
    """As exports show it: events that happened one after the other share an instant."""
    return [
        event.model_copy(update={"occurred_at": event.occurred_at.replace(second=0, microsecond=0)}) for event in events
    ]


def skewed(events: list[LifecycleEvent]) -> list[LifecycleEvent]:
    """Each by another clock, up to five minutes behind or ahead."""
    random = Random(5)
    moved = [
        event.model_copy(update={"occurred_at": event.occurred_at + timedelta(seconds=random.randint(-300, 300))})
        for event in events
    ]
    return sorted(moved, key=lambda event: event.occurred_at)


def told_every(span: timedelta) -> Callable[[Steps], Iterator[LifecycleEvent | datetime]]:
    """The steps, and between them an instant every so often."""

    def tell(steps: Steps) -> Iterator[LifecycleEvent | datetime]:
        time: datetime | None = None
        for step in steps:
            if isinstance(step, datetime):
                while time is not None and time + span < step:
                    time += span
                    yield time
                time = step
            yield step

    return tell


def shuffled_between_instants(steps: Steps) -> Iterator[LifecycleEvent | datetime]:
    """The events that lie between two instants of time in any order, some of them twice."""
    random = Random(7)
    between: list[LifecycleEvent] = []
    for step in steps:
        if not isinstance(step, datetime):
            between += [step] * random.choice([1, 1, 2])
            continue
        random.shuffle(between)
        yield from between
        between = []
        yield step
    yield from between


def told_at_the_end(steps: Steps) -> Iterator[LifecycleEvent | datetime]:
    """As fast as can be: all is read before time moves."""
    told = list(steps)
    yield from (step for step in told if not isinstance(step, datetime))
    yield max(step for step in told if isinstance(step, datetime))


def replayed(folder: Path, steps: Steps, *, times: int = 1, restart_each: int = 0) -> dict[str, Any]:
    """What stands when all has been read; services are killed in turn after each so many steps."""
    driver = all_services(folder, "stream", start=NOW)
    for number, step in enumerate(list(steps) * times):
        if restart_each and number % restart_each == 0:
            driver.restart(SERVICES[number // restart_each % len(SERVICES)])
        if not isinstance(step, datetime):
            driver.send(COMPLAINT_EVENTS, step)
            continue
        tell_time(driver, step)
    standing = StandingAlerts()
    for event in driver.events(SLA_ALERTS):
        standing.add(event.complaint_id, event)
    decided = {event.event_id for event in driver.events(COMPLAINTS_ROUTED) if event.type == "complaint_routed"}
    clocks = {complaint: event.clocks for complaint, event in driver.latest(SLA_CLOCKS).items()}
    return {
        "alerts": {alert_id: (alert.type, alert.due_at) for alert_id, alert in standing.alerts.items()},
        "decisions": decided,
        "clocks": clocks,
        "surveys": {event.event_id: event.attribution for event in driver.events(SURVEY_REQUESTS)},
        "dead letters": driver.records(COMPLAINT_EVENTS.dead_letters),
    }


def differences(folder: Path, events: list[LifecycleEvent]) -> list[str]:
    """In which ways of reading the events, and in what, the end is another one than in a plain replay."""
    write_config(folder, first_response="3h", resolution="2d")
    steps = list(advance_time(events, HORIZON, NOW))
    plain = replayed(folder, steps)
    assert len(plain["alerts"]) > 10
    assert len(plain["surveys"]) > 10
    assert plain["dead letters"] == []
    # Read in another order, a decision may be made and corrected on the way.
    ways = {
        "hourly": (replayed(folder, told_every(HOUR)(steps)), plain.keys()),
        "daily": (replayed(folder, told_every(DAY)(steps)), plain.keys()),
        "killed": (replayed(folder, steps, restart_each=11), plain.keys()),
        "shuffled": (replayed(folder, shuffled_between_instants(steps)), plain.keys() - {"decisions"}),
        "at once": (replayed(folder, told_at_the_end(steps)), plain.keys() - {"decisions"}),
        "twice": (replayed(folder, steps, times=2), plain.keys()),
    }
    return [
        f"{way}: {what}" for way, (found, compared) in ways.items() for what in compared if found[what] != plain[what]
    ]


VARIANTS = pytest.mark.parametrize("variant", [as_it_is, cut_to_minutes, skewed])


@VARIANTS
def test_what_stands_after_a_replay_is_the_same_however_it_is_read(
    tmp_path: Path, variant: Callable[[list[LifecycleEvent]], list[LifecycleEvent]]
) -> None:
    assert differences(tmp_path, variant(simulated(complaints=20, days=8))) == []


@pytest.mark.prove_long
@needs_incident_log
@VARIANTS
def test_what_stands_after_a_real_log_is_the_same_however_it_is_read(
    tmp_path: Path, variant: Callable[[list[LifecycleEvent]], list[LifecycleEvent]]
) -> None:
    assert differences(tmp_path, variant(incident_history().events)) == []
