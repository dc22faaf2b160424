"""The rows of a real log, whatever the order and however often their events are read: the same clocks and alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from schemas.topics import COMPLAINTS_ROUTED
from services.config.folder import SHIPPED
from services.router.domain.decisions import Moment
from services.router.domain.routing import route
from services.router.settings import load_queues, load_ruleset
from services.runtime.settings import RuntimeSettings
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from services.sla_monitor.settings import Settings
from services.worktime.instants import microseconds
from tests.incident_log import NOW, incident_history, incident_rows, needs_incident_log
from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk

pytestmark = needs_incident_log

SETTINGS = RuntimeSettings(config=SHIPPED)
WAITING = ["customer", "third_party", "other"]
SOLUTION = {"starts": ["agent_assigned"], "stops": ["final_reply"]}
EVERY_WAY_TO_STOP_AND_GO_ON: list[dict[str, Any]] = [
    {
        "match": {"severity": ["high", "critical"]},
        "clocks": {
            "assignment": stories.clock("2h", warn={50: "low"}, pause_on=["other"]),
            "first_response": stories.clock("1h", calendar="office", warn={80: "medium"}),
            "resolution": stories.clock("2d", warn={50: "low", 95: "high"}, pause_on=WAITING, on_reopen="restart"),
            "solution": stories.clock("1d", **SOLUTION, pause_on=WAITING, max_pause="2d"),
        },
    },
    {
        "clocks": {
            "acknowledgement": stories.clock("4h", calendar="office"),
            "assignment": stories.clock("1bd", calendar="office"),
            "first_response": stories.clock("8h", warn={80: "medium"}, pause_on=["third_party"]),
            "resolution": stories.clock(
                "3bd", calendar="office", warn={75: "low"}, pause_on=["customer"], max_pause="1bd"
            ),
        }
    },
]
BOOKS = {
    "shipped": lambda: Settings(config=SHIPPED).policy_book,
    "every way to stop and go on": lambda: stories.book(*EVERY_WAY_TO_STOP_AND_GO_ON),
}
ENDS = {"complaint_resolved", "complaint_closed"}
STILL_KEPT = timedelta(days=29)
"""So long at least after a complaint's end its row is kept, and takes what is read late."""
DROPPED = timedelta(days=2 * 365)
"""So long after the last event no row is kept."""
STILL_HELD = timedelta(days=6)
"""So long events wait at least for the complaint's reception."""
REFUSED = {"forgotten", "too_many_events"}
MOMENT = Moment(microseconds(NOW), microseconds(NOW))

Reading = tuple[datetime, Any]
"""An event, and when it is read."""


@pytest.fixture(scope="module")
def log() -> dict[str, list[Any]]:
    """Every complaint's events in the order in which they happened, the router's decisions among them."""
    told: dict[str, list[Any]] = {}
    for event in incident_history().events:
        told.setdefault(event.complaint_id, []).append(event)
    return {complaint_id: list(routed(events)) for complaint_id, events in told.items()}


def routed(events: Iterable[Any]) -> Iterator[Any]:
    """The events, and after each what the router with its shipped rules decides of it."""
    ruleset = load_ruleset(SETTINGS, load_queues(SETTINGS))
    row: bytes | None = None
    for event in events:
        yield event
        routing = route(event, row, ruleset, MOMENT)
        row = routing.row
        yield from (COMPLAINTS_ROUTED.codec.decode(decision.event.value) for decision in routing.decisions)


def kept_until(events: list[Any]) -> datetime:
    """Until when its row is kept, whichever events are read first."""
    return min(event.occurred_at for event in events if event.type in ENDS) + STILL_KEPT


def in_order(events: list[Any]) -> list[Reading]:
    """The events as they happened, each read when it did."""
    return [(event.occurred_at, event) for event in events]


def in_any_order(events: list[Any], random: Random) -> list[Reading]:
    """The events shuffled, a third of them twice, read over the time in which the complaint is surely kept."""
    twice = random.sample(events, len(events) // 3)
    shuffled = random.sample([*events, *twice], len(events) + len(twice))
    began = events[0].occurred_at
    instants = sorted(began + random.random() * (kept_until(events) - began) for _ in shuffled)
    received = next(index for index, event in enumerate(shuffled) if event.type == "complaint_received")
    waits_from = instants[received] - STILL_HELD
    return [(max(instant, waits_from), event) for instant, event in zip(instants, shuffled, strict=True)]


def read(readings: Iterable[Reading], book: PolicyBook, complaint_id: str) -> Desk:
    """The desk after it has read them all, time passing in between."""
    desk = Desk(book, stream_time=True, complaint_id=complaint_id)
    for instant, event in readings:
        desk.wait(instant).read(event, now=instant)
    assert not REFUSED & set(desk.reasons)
    return desk


def ends(desk: Desk, last: datetime) -> list[tuple[Any, ...]]:
    """The clocks and alerts that stand while the row is still kept, and after it was dropped."""
    kept = desk.wait(last + STILL_KEPT).told[:2]
    dropped = desk.wait(last + DROPPED)
    assert dropped.row is None
    return [kept, dropped.told]


@pytest.mark.parametrize("policies", BOOKS)
def test_all_rows_of_the_incident_log_end_alike_in_any_order(log: dict[str, list[Any]], policies: str) -> None:
    book = BOOKS[policies]()
    compared: Counter[str] = Counter(rows=len(incident_rows().rows))
    for complaint_id, events in log.items():
        last = events[-1].occurred_at
        plain = ends(read(in_order(events), book, complaint_id), last)
        compared.update(complaints=1, events=len(events), alerts=len(plain[0][1]))
        for seed in range(3):
            desk = read(in_any_order(events, Random(f"{seed} {complaint_id}")), book, complaint_id)
            assert ends(desk, last) == plain
            compared["withdrawn"] += sum(event.type == "sla_alert_withdrawn" for event in desk.published)
    assert compared["rows"] == 5_998
    assert compared["complaints"] == 890
    assert compared["events"] == 5_763 + 1_010  # what happened, and what the router decided of it
    # On the way there was much to say, and much to take back.
    assert compared["alerts"] > 1_000
    assert compared["withdrawn"] > 500
