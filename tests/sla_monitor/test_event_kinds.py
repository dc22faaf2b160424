"""Only events whose type has a kind are stored and move clocks; others pass by until a clock is to follow them."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from schemas.codec import encode
from schemas.events import LifecycleEvent
from services.sla_monitor.domain.policy.built_in_clocks import EVENTS
from services.sla_monitor.domain.policy.event_kinds import KINDS, RANKS, TYPES
from services.sla_monitor.review.recorded_events import RecordedEvents
from services.worktime.instants import microseconds
from tests.sla_monitor import stories
from tests.sla_monitor.stories import COMPLAINT, Desk, at

BOOK = stories.book({"clocks": {"resolution": stories.clock("8h", warn={50: "low"})}})


class SomethingNew(LifecycleEvent):
    type: Literal["something_new"] = "something_new"


def something_new(hour: float) -> SomethingNew:
    return SomethingNew(
        event_id=f"00000000-0000-4000-8000-{int(hour * 100):012}",
        complaint_id=COMPLAINT,
        occurred_at=at(hour),
        recorded_at=at(hour),
    )


def test_an_event_of_a_type_without_a_kind_passes_by() -> None:
    story = Desk(BOOK).read(stories.received(at(9)))
    row, due, published = story.row, story.due, list(story.published)
    story.read(something_new(10))
    assert (story.reasons[-1], story.row, story.due, story.published) == ("nothing_changed", row, due, published)
    story.wait(at(18))
    assert [alert.threshold for alert in story.standing.values()] == [50, 100]


def test_an_event_of_a_type_without_a_kind_holds_no_unknown_complaint() -> None:
    story = Desk(BOOK).read(something_new(10))
    assert (story.reasons, story.row) == (["nothing_changed"], None)


def test_a_policy_cannot_name_a_type_without_a_kind() -> None:
    for said in ({"starts": ["something_new"]}, {"stops": ["something_new"]}, {"starts": ["complaint_routed"]}):
        settings = {"starts": ["complaint_received"], "stops": ["final_reply"]} | said
        with pytest.raises(ValidationError, match="there is no event"):
            stories.book({"clocks": {"own": stories.clock("8h", **settings)}})
    assert EVENTS.keys() - {"holding_reply", "final_reply", "callback"} == KINDS.keys() - {"complaint_routed"}


def test_kinds_have_numbers_of_their_own_in_a_byte_and_a_rank_each() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
    assert TYPES.keys() == RANKS.keys() >= set(KINDS.values())
    assert all(0 <= kind < 256 for kind in TYPES)
    assert RANKS[KINDS["complaint_routed"]] > max(RANKS[kind] for kind in RANKS if TYPES[kind] != "complaint_routed")


def test_recorded_events_that_no_clock_follows_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(KINDS, "complaint_escalated")
    recorded = RecordedEvents(microseconds(at(12)))
    recorded.read(encode(stories.escalated(at(10))))
    assert recorded.unknown() == []
    recorded.read(encode(stories.received(at(9))))
    assert [conclusion.complaint_id for conclusion in recorded.conclude(BOOK)] == [COMPLAINT]
