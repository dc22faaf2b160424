"""Whatever the order in which a complaint's events are read, and however often: the end is the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sla_monitor import stories
from tests.sla_monitor.stories import Desk, at

POLICIES = stories.book(
    {
        "match": {"severity": ["critical"]},
        "clocks": {
            "first_response": stories.clock("30m", warn={50: "low", 80: "high"}),
            "resolution": stories.clock(
                "4h", calendar="office", warn={75: "medium"}, pause_on=["customer", "other"], on_reopen="restart"
            ),
        },
    },
    {
        "match": {"queue": ["slow"]},
        "clocks": {
            "resolution": stories.clock(
                "2bd", calendar="office", pause_on=["customer"], max_pause="1bd", warn={90: "high"}
            )
        },
    },
    {"match": {"flags": ["regulator"]}, "clocks": {"resolution": stories.clock("1d", pause_on=["third_party"])}},
    {"match": {"product": ["none"]}, "clocks": {}},
    {
        "clocks": {
            "acknowledgement": stories.clock("1h"),
            "assignment": stories.clock("3h", pause_on=["other"]),
            "first_response": stories.clock("2h", calendar="office", pause_on=["third_party"]),
            "next_response": stories.clock("2h", warn={50: "low"}, pause_on=["customer"]),
            "resolution": stories.clock("1d", warn={50: "low"}, pause_on=["customer", "third_party"], max_pause="5h"),
            "second_notice": stories.clock(
                "20h", starts=["complaint_received"], stops={"holding_reply": 2, "final_reply": 1}, on_reopen="resume"
            ),
        }
    },
)
EXTENSIONS = st.sampled_from(
    [{"by": "2h"}, {"by": "1bd"}, {"by": "1d"}, {"until": at(12, day=3)}, {"clock": "first_response", "by": "30m"}]
)
HOURS = st.integers(0, 4 * 24 * 2).map(lambda half_hours: half_hours / 2)


@st.composite
def event_sets(draw: st.DrawFn) -> list[Any]:
    """Events of one complaint at few instants, so that ties are common, with altered and plain copies."""
    events: list[Any] = [stories.received(at(draw(HOURS)), severity=draw(st.sampled_from([None, "low", "critical"])))]
    for number in range(draw(st.integers(0, 9))):
        when, name = at(draw(HOURS)), str(number)
        kind = draw(st.integers(0, 14))
        reason = draw(st.sampled_from(["customer", "third_party", "other"]))
        severity = draw(st.sampled_from([None, "high", "critical"]))
        if kind == 0:
            answer = draw(st.sampled_from(["reply", "holding", "final"]))
            event: Any = stories.replied(when, name, automatic=draw(st.booleans()), kind=answer)
        elif kind <= 2:
            event = stories.paused(when, name, reason=reason)
        elif kind == 3:
            event = stories.resumed(when, name)
        elif kind == 4:
            event = stories.resolved(when, name)
        elif kind == 5:
            event = stories.reopened(when, name)
        elif kind == 6:
            event = draw(st.sampled_from([stories.closed, stories.withdrawn]))(when, name)
        elif kind == 7:
            product = draw(st.sampled_from([None, "none", "card"]))
            event = stories.reclassified(when, name, severity=severity, product=product)
        elif kind <= 9:
            queue = draw(st.sampled_from(["slow", "general"]))
            flags = draw(st.sampled_from([(), ("regulator",)]))
            cause = draw(st.sampled_from(events))
            event = stories.routed(
                cause,
                draw(st.sampled_from([None, when])),
                name,
                queue_without_breach=queue,
                flags=flags,
                severity=severity,
                hop=draw(st.integers(0, 2)),
            )
        elif kind == 10:
            event = stories.received(when, name, severity=severity)
        elif kind == 11:
            event = draw(st.sampled_from([stories.acknowledged, stories.assigned]))(when, name)
        elif kind == 12:
            event = stories.extended(when, name, **draw(EXTENSIONS))
        else:
            event = stories.written_again(when, name)
        if draw(st.booleans()):
            event = event.model_copy(update={"source_sequence": draw(st.sampled_from([-1, 0, 2]))})
        events.append(event)
    for event in draw(st.lists(st.sampled_from(events), max_size=3)):
        later = draw(st.sampled_from([0, 0, -60, 60]))
        changed: dict[str, Any] = {"recorded_at": event.recorded_at + timedelta(minutes=later)}
        if draw(st.booleans()):
            changed["occurred_at"] = at(draw(HOURS))
        events.append(event.model_copy(update=changed))
    return events


@settings(max_examples=2_000, deadline=None)
@given(event_sets(), st.data(), st.booleans())
def test_every_order_and_repetition_ends_in_the_same_clocks_and_standing_alerts(
    events: list[Any], data: st.DataObject, stream_time: bool
) -> None:
    end = at(0, day=12)
    plain = Desk(POLICIES, stream_time=stream_time)
    plain.read(*events, now=at(0)).wait(end)

    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=4))))
    hours = sorted(data.draw(st.lists(HOURS, min_size=len(shuffled), max_size=len(shuffled))))
    other = Desk(POLICIES, stream_time=stream_time)
    for event, hour in zip(shuffled, hours, strict=True):
        other.wait(at(hour)).read(event, now=at(hour))
    other.wait(end)

    assert other.told == plain.told
