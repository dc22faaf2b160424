"""The checker, on readings of a run that kept every promise and then had one broken by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chaos.sent import Sent
from redress.topics.declared import changelogs
from schemas.codec import encode
from schemas.derived import ComplaintRouted, SlaBreached
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SURVEY_REQUESTS,
    SURVEY_RESPONSES,
)
from services.runtime.table import RUNTIME_PREFIX
from services.sla_monitor.open_clocks import ROW as OPEN_CLOCKS
from services.sla_monitor.pacing import AT_ONCE
from tests.chaos.healthy import COMPLAINTS, PARTITIONS, POISON, Healthy, instead, twice, without

QUEUE = "queue-billing"
LETTERS = COMPLAINT_EVENTS.dead_letters


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Healthy:
    return Healthy(tmp_path_factory.mktemp("healthy"))


def promises(verdict) -> set[str]:
    return {violation.promise for violation in verdict.violations}


def test_all_that_fell_due_is_expected_though_a_worker_would_tell_it_a_few_at_a_time(tmp_path):
    healthy = Healthy(tmp_path, complaints=300, ends=timedelta(minutes=3))
    verdict = healthy.judge(healthy.reading())
    assert verdict.violations == []
    assert verdict.counts["alerts that stand"] > 2 * PARTITIONS * AT_ONCE


def two_rows(reading, changelog: str) -> tuple[int, bytes]:
    """The place of the last record of a row, and what a row under another key says."""
    rows = [
        (place, one)
        for place, one in enumerate(reading.records[changelog])
        if not one.key.startswith(RUNTIME_PREFIX) and one.key != OPEN_CLOCKS
    ]
    place, last = rows[-1]
    return place, next(one.value for _, one in rows if one.key != last.key)


def test_nothing_is_said_of_a_run_that_kept_every_promise_and_everything_was_compared(healthy):
    verdict = healthy.judge(healthy.reading())
    assert verdict.violations == []
    half = COMPLAINTS // 2
    assert verdict.counts == {
        "accepted events of complaint-events": COMPLAINTS + 2 * half,
        "records in complaint-events": COMPLAINTS + 2 * half,
        "accepted events of survey-responses": half,
        "records in survey-responses": half,
        "effects in complaints-routed": COMPLAINTS,
        "effects in survey-requests": half,
        "queue entries and tombstones": COMPLAINTS + half,
        "alerts published": 4 * half,
        "alerts that stand": 4 * half,
        "poison sent": len(POISON),
        "pauses that an operator ended": 0,
        "dead letters of redress-router": 1,
        "dead letters of redress-sla_monitor": 2,
        "dead letters of redress-feedback": 3,
        "rows compared": 3 * COMPLAINTS + 2 + verdict.counts["summaries that stand"],
        "summaries that stand": 2,
        "answers that count": half,
        "committed offsets compared": 14,
    }
    assert len(verdict.late) == 4 * half
    assert max(verdict.late) < 2


def test_an_accepted_event_that_is_not_there_is_named(healthy):
    for topic in (COMPLAINT_EVENTS.name, SURVEY_RESPONSES.name):
        accepted = {**healthy.sent.accepted, topic: {*healthy.sent.accepted[topic], "the lost one"}}
        verdict = healthy.judge(healthy.reading(), Sent(accepted, poison=healthy.sent.poison))
        assert [str(one) for one in verdict.violations] == [f"accepted, but not in {topic}: 1 (the lost one)"]


@pytest.mark.parametrize("topic", [COMPLAINTS_ROUTED.name, SURVEY_REQUESTS.name, SLA_ALERTS.name])
def test_an_effect_that_a_reader_meets_twice_is_a_violation(healthy, topic):
    assert f"twice in {topic}" in promises(healthy.judge(twice(healthy.reading(), topic)))


@pytest.mark.parametrize("topic", [COMPLAINTS_ROUTED.name, SURVEY_REQUESTS.name])
def test_an_effect_that_is_missing_is_a_violation(healthy, topic):
    assert f"missing in {topic}" in promises(healthy.judge(without(healthy.reading(), topic, 0)))


def test_a_decision_without_a_cause_is_a_violation(healthy):
    reading = healthy.reading()
    place = next(
        place for place, one in enumerate(reading.records[COMPLAINTS_ROUTED.name]) if one.value not in POISON.values()
    )
    routed = COMPLAINTS_ROUTED.codec.decode(reading.records[COMPLAINTS_ROUTED.name][place].value)
    assert isinstance(routed, ComplaintRouted)
    invented = routed.model_copy(update={"event_id": "00000000-0000-5000-8000-000000000000"})
    spoiled = instead(reading, COMPLAINTS_ROUTED.name, place, encode(invented))
    assert "in complaints-routed without a cause" in promises(healthy.judge(spoiled))


@pytest.mark.parametrize("spoil", [without, twice])
def test_a_queue_that_lost_or_repeats_an_entry_is_a_violation(healthy, spoil):
    assert f"{QUEUE} tells another story of" in promises(healthy.judge(spoil(healthy.reading(), QUEUE)))


def test_a_tombstone_that_never_came_is_a_violation(healthy):
    reading = healthy.reading()
    place = next(place for place, one in enumerate(reading.records[QUEUE]) if one.value is None)
    assert promises(healthy.judge(without(reading, QUEUE, place))) == {f"{QUEUE} tells another story of"}


def test_a_deadline_that_passed_in_silence_and_an_alert_for_none_are_violations(healthy):
    reading = healthy.reading()
    records = reading.records[SLA_ALERTS.name]
    place = next(
        place for place, one in enumerate(records) if isinstance(SLA_ALERTS.codec.decode(one.value), SlaBreached)
    )
    assert promises(healthy.judge(without(reading, SLA_ALERTS.name, place))) == {
        "deadline passed without an alert",
    }
    breach = SLA_ALERTS.codec.decode(records[place].value).model_copy(
        update={"alert_id": "00000000-0000-5000-8000-000000000000"}
    )
    assert promises(healthy.judge(instead(reading, SLA_ALERTS.name, place, encode(breach)))) == {
        "deadline passed without an alert",
        "alert for a deadline that did not pass",
    }


def test_poison_has_one_dead_letter_of_each_group_that_reads_it(healthy):
    reading = healthy.reading()
    group = LETTERS.codec.decode(reading.records[LETTERS.name][0].value).group
    assert promises(healthy.judge(without(reading, LETTERS.name, 0))) == {f"poison without a dead letter of {group}"}
    assert promises(healthy.judge(twice(reading, LETTERS.name, 0))) == {f"two dead letters of {group}"}


def test_a_dead_letter_of_a_good_record_is_a_violation(healthy):
    reading = healthy.reading()
    letter = LETTERS.codec.decode(reading.records[LETTERS.name][0].value)
    wrong = letter.model_copy(update={"offset": 0, "partition": 1 - letter.partition})
    spoiled = promises(healthy.judge(instead(reading, LETTERS.name, 0, encode(wrong))))
    assert f"a dead letter of {letter.group} that is no poison" in spoiled


def test_poison_that_never_reached_its_topic_is_a_violation(healthy):
    sent = replace(healthy.sent, poison={*healthy.sent.poison, b"lost poison"})
    assert promises(healthy.judge(healthy.reading(), sent)) == {"poison that was not kept"}


@pytest.mark.parametrize("changelog", changelogs())
def test_a_row_that_is_lost_or_says_something_else_is_a_violation(healthy, changelog):
    reading = healthy.reading()
    place, other = two_rows(reading, changelog)
    for value in (None, other):
        spoiled = healthy.judge(instead(reading, changelog, place, value))
        assert promises(spoiled) == {f"{changelog} is not the fold of its input, at"}


@pytest.mark.parametrize("spoil", [lambda value: None, lambda value: value.replace(b'"satisfied":', b'"neutral":')])
def test_a_summary_that_is_not_the_sum_of_its_answers_is_a_violation(healthy, spoil):
    reading = healthy.reading()
    value = reading.records[FEEDBACK_SUMMARIES.name][-1].value
    spoiled = instead(reading, FEEDBACK_SUMMARIES.name, -1, spoil(value))
    assert promises(healthy.judge(spoiled)) == {"a summary is not the sum of its answers"}


@pytest.mark.parametrize(
    ("off_by", "broken"),
    [(-1, {"redress-sla_monitor has not read all of"}), (1, set()), (2, {"an offset beyond the end of its log"})],
)
def test_an_offset_lies_between_the_end_before_it_was_asked_for_and_the_end_after_that(healthy, off_by, broken):
    reading = healthy.reading()
    offsets = dict(reading.committed["redress-sla_monitor"])
    offsets[COMPLAINT_EVENTS.name, 0] += off_by
    spoiled = replace(reading, committed={**reading.committed, "redress-sla_monitor": offsets})
    assert promises(healthy.judge(spoiled)) == broken


def test_a_promise_that_was_seen_broken_in_the_run_is_a_violation(healthy):
    verdict = healthy.judge(
        healthy.reading(), overrun=("redress-sla_monitor: 7 of complaint-events-0, which ended at 6",)
    )
    assert [str(one) for one in verdict.violations] == [
        "overrun: 1 (redress-sla_monitor: 7 of complaint-events-0, which ended at 6)"
    ]


def test_a_message_names_the_first_ids_and_counts_the_others(healthy):
    lost = {f"lost-{number}" for number in range(9)}
    accepted = {**healthy.sent.accepted, COMPLAINT_EVENTS.name: healthy.sent.accepted[COMPLAINT_EVENTS.name] | lost}
    (violation,) = healthy.judge(healthy.reading(), Sent(accepted, poison=healthy.sent.poison)).violations
    assert str(violation) == "accepted, but not in complaint-events: 9 (lost-0, lost-1, lost-2, lost-3, lost-4, ...)"
