"""What the bench asks of deadlines: questions, a load that is even, ticks with as much due as they say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from bench.due_ticks import measured
from bench.questions import TARGETS, questions
from bench.running import BenchError
from bench.scraping import value
from bench.spread import within
from bench.steady_load import ANSWERED_AFTER, EVENTS_EACH, LATE, LATE_AFTER, steps, writer
from schemas.events import AgentReplied, ComplaintReceived
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED
from services.config.folder import SHIPPED
from services.config.yaml_files import load
from services.worktime.calendar import Calendar
from services.worktime.calendar_file import CalendarFile
from services.worktime.questions import answered

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_every_question_has_an_answer_and_all_kinds_are_asked() -> None:
    asked = list(questions(500))
    calendar = Calendar("shanghai", load(SHIPPED / "calendars" / "shanghai.yaml", CalendarFile))
    answers = [answered(line, calendar) for line in asked]
    assert Counter(answer.partition(b":")[0] for answer in answers) == {b'{"due_at"': 250, b'{"working_seconds"': 250}
    assert all(any(f'"{target}"'.encode() in line for line in asked) for target in TARGETS)


def test_a_seed_asks_the_same_again() -> None:
    assert list(questions(50)) == list(islice(questions(100), 50))


def test_a_steady_load_has_as_many_events_in_every_second_in_which_it_is_whole() -> None:
    events: Counter[int] = Counter()
    for step in steps(rate=400, seconds=15):
        events[int(step.after)] += 2 if step.kind is ComplaintReceived else 1
    whole = [events[second] for second in range(int(LATE_AFTER), 15)]
    assert all(abs(count - 400) <= EVENTS_EACH for count in whole)


def test_one_complaint_of_five_is_answered_late() -> None:
    answered_after: Counter[float] = Counter()
    came: dict[int, float] = {}
    for step in steps(rate=400, seconds=10):
        if step.kind is ComplaintReceived:
            came[step.number] = step.after
        elif step.kind is AgentReplied:
            answered_after[round(step.after - came[step.number], 6)] += 1
    assert answered_after == {ANSWERED_AFTER: 1_000 - 1_000 // LATE, LATE_AFTER: 1_000 // LATE}


def test_a_complaint_of_the_load_is_routed_as_the_router_would_and_happens_when_it_is_due() -> None:
    written = writer()
    key, (received, routed) = written(next(steps(rate=400, seconds=1)), NOON)
    event = COMPLAINT_EVENTS.codec.decode(received.value)
    decision = COMPLAINTS_ROUTED.codec.decode(routed.value)
    assert (received.topic, routed.topic) == (COMPLAINT_EVENTS.name, COMPLAINTS_ROUTED.name)
    assert event.complaint_id.encode() == decision.complaint_id.encode() == key
    assert event.occurred_at == decision.occurred_at == NOON
    assert decision.cause_event_id == event.event_id


def test_ticks_are_measured_with_as_much_due_as_they_say() -> None:
    ticks = measured(3_000, ticks=2)
    assert [len(seconds) for seconds in ticks] == [3, 2, 2, 2]
    assert all(seconds > 0 for kind in ticks for seconds in kind)


def test_a_tick_with_less_due_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="500 alerts came with a tick, where 1000 were due"):
        measured(1_500, ticks=2)


def test_a_metric_is_summed_over_its_labels_and_missed_when_it_is_not_there() -> None:
    told = '# TYPE waiting gauge\nwaiting{partition="0"} 2.0\nwaiting{partition="1"} 3.0\nwaiting_else 7.0\n'
    assert value(told, "waiting") == 5
    with pytest.raises(BenchError, match="tells no overdue"):
        value(told, "overdue")


def test_what_should_be_small_is_reached_where_the_spread_comes_down_to_it() -> None:
    assert within([1.2, 0.9, 1.5], 1.0) == "yes"
    assert within([1.2, 1.1], 1.0) == "no"
