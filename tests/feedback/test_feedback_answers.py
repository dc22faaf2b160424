"""What an answer changes in the sums, and what it does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.ids import derived_id
from services.feedback.domain.answers import MAX_ANSWERS, make_stored_answer
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event, decide_due_surveys
from services.feedback.domain.invalid_event import InvalidEvent
from services.lifecycle import event_limit
from tests.feedback.stories import (
    COMPLAINT,
    KEYS,
    RULES,
    TEN,
    answered,
    assigned,
    at,
    closed,
    received,
    reopened,
    resolved,
    routed,
)

DAY = timedelta(days=1)
STORY = received(), routed(0, "billing"), resolved(5)


def tell(*events, complaint: Complaint | None = None):
    """The complaint after ``events``, and all they led to: reasons, and sums by dimension, value, window, count."""
    complaint = complaint or Complaint(COMPLAINT)
    reasons, sums = [], Counter()
    for event in events:
        update = add_event(complaint, event, at(0), at(0), RULES)
        reasons.append(update.reason)
        assert all(count for change in update.changes for count in change.counts.values())
        for change in update.changes:
            for name, count in change.counts.items():
                sums[change.dimension, change.value, change.window_start, change.window_end, name] += count
    return complaint, reasons, {where: count for where, count in sums.items() if count}


def cell(dimension: str, value: str, **counts: int):
    hour, day = TEN, TEN.replace(hour=0)
    windows = [(hour, hour + timedelta(hours=1)), (day, day + timedelta(days=1))]
    return {(dimension, value, *window, name): count for window in windows for name, count in counts.items()}


def test_an_answer_counts_for_the_queue_and_for_all_in_each_window_of_its_own_instant():
    _, reasons, sums = tell(*STORY, answered(20, 5))
    once = {"n": 1, "satisfied": 1, "score_5": 1}
    assert sums == cell("queue", "billing", **once) | cell("all", "all", **once)
    assert reasons == ["received", "routed", "resolved", "counted"]


def test_an_unsatisfied_answer_counts_as_an_answer():
    _, _, sums = tell(*STORY, answered(20, 3))
    assert sums == cell("queue", "billing", n=1, score_3=1) | cell("all", "all", n=1, score_3=1)


def test_a_complaint_that_was_never_routed_counts_for_all_alone():
    _, _, sums = tell(received(), resolved(5), answered(20, 4))
    assert sums == cell("all", "all", n=1, satisfied=1, score_4=1)


def test_an_answer_is_counted_once_however_often_it_is_read():
    _, reasons, sums = tell(*STORY, *[answered(20, 5)] * 5)
    assert sums == tell(*STORY, answered(20, 5))[2]
    assert reasons[-4:] == ["duplicate"] * 4


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_later_answer_replaces_an_earlier_one_whichever_is_read_first(order):
    answers = answered(20, 1), answered(25, 5, "on second thoughts")
    _, _, sums = tell(*STORY, *(answers[place] for place in order))
    assert sums == tell(*STORY, answered(20, 5))[2]


def test_a_revised_answer_counts_in_the_window_of_the_revision():
    _, _, sums = tell(*STORY, answered(20, 1), answered(80, 5, "later"))
    hours = {where[2] for where, count in sums.items() if where[3] - where[2] == timedelta(hours=1)}
    assert hours == {at(60)}


def test_a_blank_answer_is_no_answer_and_takes_none_back():
    complaint, _, sums = tell(*STORY, answered(20, 5), answered(25, None, "dismissed"))
    assert sums == tell(*STORY, answered(20, 5))[2]
    assert len(complaint.answers) == 1
    assert tell(*STORY, answered(20, None))[2] == {}


@pytest.mark.parametrize("late", [STORY[0], STORY[2]], ids=["receipt", "resolution"])
def test_an_answer_is_held_until_its_resolution_is_known(late):
    early = [event for event in STORY if event is not late]
    _, reasons, sums = tell(*early, answered(20, 5), late)
    assert sums == tell(*STORY, answered(20, 5))[2]
    assert reasons[-2:] == ["answer_held", "counted"]


def test_a_routing_that_is_read_late_moves_an_answer_to_its_queue():
    complaint, _, _ = tell(received(), routed(0, "billing"), resolved(5), answered(20, 5))
    late = routed(3, "fraud", "again", trigger="breach", hop=1)
    _, reasons, moved = tell(late, complaint=complaint)
    once = {"n": 1, "satisfied": 1, "score_5": 1}
    taken_back = {name: -count for name, count in once.items()}
    assert moved == cell("queue", "fraud", **once) | cell("queue", "billing", **taken_back)
    assert reasons == ["counted"]


def test_each_cycle_has_an_answer_of_its_own():
    again = reopened(20), routed(20, "second", "r2", cause="reopened", trigger="reopened"), resolved(30, "again")
    _, _, sums = tell(*STORY, *again, answered(21, 1), answered(40, 5, "better", cycle="reopened"))
    assert sums == (
        cell("queue", "billing", n=1, score_1=1)
        | cell("queue", "second", n=1, satisfied=1, score_5=1)
        | cell("all", "all", n=2, satisfied=1, score_1=1, score_5=1)
    )


def test_an_answer_about_a_cycle_that_was_never_resolved_is_held():
    complaint, reasons, sums = tell(*STORY, answered(20, 5, cycle="reopened"))
    assert (reasons[-1], sums) == ("answer_held", {})
    assert decide_due_surveys(complaint, at(0) + 800 * DAY, at(0), RULES, KEYS).expired_answers == 1


def test_the_copy_that_was_recorded_first_stands():
    first, second = answered(20, 1, recorded_at=at(21)), answered(20, 5, recorded_at=at(22))
    _, _, expected = tell(*STORY, first)
    assert tell(*STORY, first, second)[2] == expected
    _, reasons, sums = tell(*STORY, second, first)
    assert sums == expected
    assert reasons[-1] == "counted"


def test_of_copies_recorded_at_once_the_same_one_always_stands():
    one, other = answered(20, 1), answered(20, 5)
    assert tell(*STORY, one, other)[2] == tell(*STORY, other, one)[2]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answered(20, 0), "score_out_of_range"),
        (answered(20, 6), "score_out_of_range"),
        (answered(20, -1), "score_out_of_range"),
        (answered(20, 9, metric="nps"), "other_metric"),
    ],
)
def test_an_answer_that_is_no_score_of_this_deployment_is_refused(answer, reason):
    with pytest.raises(InvalidEvent) as refused:
        make_stored_answer(answer, "csat")
    assert refused.value.reason == reason


def test_each_change_has_an_id_of_its_own_that_a_replay_repeats():
    def ids(now: float):
        complaint, found = Complaint(COMPLAINT), []
        for event in (*STORY, answered(20, 5), answered(21, 4, "revised")):
            update = add_event(complaint, event, at(now), at(now), RULES)
            found.extend((change.event_id, change.cause_event_id, change.occurred_at) for change in update.changes)
        return found

    assert ids(30) == ids(60)
    assert len(set(ids(30))) == 8
    assert {cause for _, cause, _ in ids(30)} == {derived_id(COMPLAINT, "answered"), derived_id(COMPLAINT, "revised")}


def dropped_at(*events, read: float = 100):
    """When the row of a complaint is dropped whose events were read at an instant."""
    complaint = Complaint(COMPLAINT)
    for event in events:
        add_event(complaint, event, at(read), at(read), RULES)
    assert not decide_due_surveys(complaint, at(read), at(read), RULES, KEYS).is_dropped
    return complaint.due


def test_a_complaint_is_dropped_as_in_every_service():
    assert dropped_at(received()) is None
    assert dropped_at(*STORY) == at(100) + 365 * DAY
    assert dropped_at(*STORY, closed(9)) == at(100) + 30 * DAY
    assert dropped_at(*STORY, closed(9 + 40 * 24 * 60)) == at(9) + 70 * DAY
    assert dropped_at(answered(9, 5)) == at(100) + 7 * DAY


def test_a_complaint_is_not_dropped_before_its_surveys_have_expired():
    patient = replace(RULES, reply_windows={"web": timedelta(days=60)})
    complaint, _, _ = tell(*STORY, closed(9))
    decide_due_surveys(complaint, at(100), at(100), patient, KEYS)
    assert complaint.due == at(5) + timedelta(days=60)


def test_a_complaint_that_is_dropped_takes_nothing_out_of_the_sums():
    complaint, _, _ = tell(*STORY, answered(20, 5), closed(30))
    month_later = at(30) + 30 * DAY
    assert decide_due_surveys(complaint, at(60), at(60), RULES, KEYS).is_dropped is False
    early = month_later - timedelta(microseconds=1)
    assert decide_due_surveys(complaint, early, month_later, RULES, KEYS).is_dropped is False
    gone = decide_due_surveys(complaint, month_later, month_later, RULES, KEYS)
    assert (gone.is_dropped, gone.expired_answers, gone.decisions) == (True, 0, ())


def test_answers_to_a_complaint_that_never_came_expire_and_are_counted():
    complaint, _, _ = tell(answered(1, 5), answered(2, 4, "again"))
    assert decide_due_surveys(complaint, at(2) + 7 * DAY, at(0), RULES, KEYS).expired_answers == 2


def test_a_complaint_with_too_many_events_stands_alone_and_its_answers_still_count(monkeypatch):
    monkeypatch.setattr(event_limit, "MAX_EVENTS", 3)
    complaint, reasons, sums = tell(*STORY, assigned(6), assigned(7, name="again"), answered(20, 5))
    assert reasons == ["received", "routed", "resolved", "not_open", "too_many_events", "counted"]
    assert sums[("all", "all", TEN, TEN + timedelta(hours=1), "n")] == 1
    assert complaint.log.count == 4


def test_of_too_many_answers_the_last_ones_are_kept_in_any_order():
    answers = [answered(20 + number, 5, f"answer {number}") for number in range(MAX_ANSWERS + 5)]
    one, _, sums = tell(*STORY, *answers)
    other, _, _ = tell(*STORY, *answers[::-1])
    assert one.answers == other.answers
    assert len(one.answers) == MAX_ANSWERS
    assert sums == tell(*STORY, answers[-1])[2]
