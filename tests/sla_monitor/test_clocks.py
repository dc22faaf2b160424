"""What clocks do as a complaint's story goes on, seen from what is published."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import version as release
from typing import Any

import pytest

from schemas.derived import SlaAlertWithdrawn, SlaBreached, SlaClocksChanged, SlaClockStopped, SlaWarning
from schemas.ids import derived_id
from schemas.topics import SLA_ALERTS, SLA_CLOCKS
from services.sla_monitor.domain.policy.policy_matching import PolicyBook
from tests.sla_monitor import stories
from tests.sla_monitor.stories import COMPLAINT, Desk, at

ONE_CLOCK = stories.book({"clocks": {"first_response": stories.clock("4h", warn={50: "low"})}})
WAITS = stories.book(
    {"clocks": {name: stories.clock("2h") for name in ("acknowledgement", "assignment", "next_response")}}
)
RESOLUTION = {"pause_on": ["customer"], "warn": {75: "high"}}
RESUMING = stories.book({"clocks": {"resolution": stories.clock("8h", **RESOLUTION)}})
RESTARTING = stories.book({"clocks": {"resolution": stories.clock("8h", on_reopen="restart", **RESOLUTION)}})
RECEIVED = stories.received(at(9))
START = (RECEIVED, stories.routed(RECEIVED))


def desk(book: PolicyBook = ONE_CLOCK) -> Desk:
    return Desk(book).read(*START)


def test_a_clock_runs_from_the_complaint_on_and_says_when_it_is_due() -> None:
    status = desk().clocks["first_response"]
    assert (status.state, status.due_at, status.worked_seconds) == ("running", at(13), 0)
    assert (status.policy, status.policy_version) == ("policy-0", "1")
    assert status.calendar_version == f"always/1+tzdata-{release('tzdata')}"


def test_a_warning_and_then_the_breach_are_published_once_each_and_at_their_instants() -> None:
    story = desk().wait(at(10, day=3))
    assert [(type(alert), alert.occurred_at, alert.level, alert.threshold) for alert in story.of(SlaWarning)] == [
        (SlaWarning, at(11), "low", 50)
    ]
    assert [(alert.occurred_at, alert.level, alert.threshold) for alert in story.of(SlaBreached)] == [
        (at(13), "critical", 100)
    ]
    assert story.clocks["first_response"].state == "breached"


def test_a_warning_may_tell_another_owner_and_name_another_runbook_than_its_clock() -> None:
    warn = {50: "low", 75: {"level": "high", "owner": "head", "runbook": "runbooks/last-hour"}}
    story = desk(stories.book({"clocks": {"first_response": stories.clock("4h", warn=warn)}})).wait(at(20))
    assert [(alert.threshold, alert.level, alert.owner, alert.runbook) for alert in story.standing.values()] == [
        (50, "low", "lead", "runbooks/clock"),
        (75, "high", "head", "runbooks/last-hour"),
        (100, "critical", "lead", "runbooks/clock"),
    ]


def test_names_that_json_must_escape_come_through_whole() -> None:
    odd = 'O"Neil \\ 100 % 投诉'
    book = stories.book({"name": odd, "clocks": {"first_response": stories.clock("4h", owner=odd, runbook=odd)}})
    story = Desk(book).read(RECEIVED, stories.routed(RECEIVED, queue_without_breach=odd)).wait(at(14))
    (breach,) = story.of(SlaBreached)
    assert {breach.policy, breach.owner, breach.runbook, breach.queue} == {odd}
    assert story.clocks["first_response"].policy == odd


def test_an_acknowledgement_stops_its_clock_also_when_it_is_automatic() -> None:
    story = desk(WAITS).read(stories.acknowledged(at(9.5), automatic=True))
    assert story.clocks["acknowledgement"].state == "met"
    assert story.clocks["assignment"].state == "running"


def test_an_assignment_stops_its_clock_and_a_reopening_sets_it_going_again() -> None:
    story = desk(WAITS).read(stories.assigned(at(9.5)))
    assert story.clocks["assignment"].state == "met"
    story.read(stories.resolved(at(10)), stories.reopened(at(12)))
    assert (story.clocks["assignment"].state, story.clocks["assignment"].due_at) == ("running", at(13.5))


def test_each_wait_of_a_customer_for_the_next_response_is_a_cycle_of_its_own() -> None:
    first, second = stories.written_again(at(10)), stories.written_again(at(15))
    story = desk(WAITS).read(stories.replied(at(9.5)), first, stories.written_again(at(11), "once more"))
    assert story.clocks["next_response"].due_at == at(12)
    story.read(stories.replied(at(11.5), automatic=True)).wait(at(12.5))
    story.read(stories.replied(at(13))).read(second).wait(at(20))
    assert [(alert.cycle, alert.occurred_at) for alert in story.of(SlaBreached) if alert.clock == "next_response"] == [
        (first.event_id, at(12)),
        (second.event_id, at(17)),
    ]
    (stopped,) = [event for event in story.of(SlaClockStopped) if event.clock == "next_response"]
    assert (stopped.cycle, stopped.overrun_seconds) == (first.event_id, 3600)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([stories.written_again(at(10))], id="before any agent answered"),
        pytest.param([stories.replied(at(9.5)), stories.replied(at(10))], id="who does not write"),
        pytest.param(
            [stories.replied(at(9.5)), stories.closed(at(10)), stories.written_again(at(11))], id="when closed"
        ),
    ],
)
def test_no_customer_waits_for_the_next_response(events: list[Any]) -> None:
    assert "next_response" not in desk(WAITS).read(*events).wait(at(20)).clocks


def test_a_wait_that_a_closing_cut_off_goes_on_when_the_complaint_is_reopened() -> None:
    story = desk(WAITS).read(stories.replied(at(9.5)), stories.written_again(at(10)), stories.closed(at(11)))
    assert story.clocks["next_response"].state == "ended"
    story.read(stories.reopened(at(15)))
    assert (story.clocks["next_response"].state, story.clocks["next_response"].due_at) == ("running", at(16))


def test_a_customer_who_writes_after_a_reopening_waits() -> None:
    story = desk(WAITS).read(stories.replied(at(9.5)), stories.closed(at(10)), stories.reopened(at(11)))
    assert story.read(stories.written_again(at(12))).clocks["next_response"].due_at == at(14)


def test_nothing_fires_before_its_instant() -> None:
    assert desk().wait(at(13) - timedelta(milliseconds=1)).of(SlaBreached) == []
    assert len(desk().wait(at(13)).of(SlaBreached)) == 1


def test_a_reply_in_time_stops_the_clock_and_nothing_is_said_of_it_later() -> None:
    story = desk().read(stories.replied(at(10.5))).wait(at(0, day=9))
    status = story.clocks["first_response"]
    assert (status.state, status.worked_seconds, status.overrun_seconds) == ("met", 5400, None)
    assert story.of(SlaWarning) == story.of(SlaBreached) == story.of(SlaClockStopped) == []


def test_a_reply_at_the_very_due_instant_is_in_time() -> None:
    assert desk().read(stories.replied(at(13))).wait(at(0, day=9)).of(SlaBreached) == []


def test_an_automatic_reply_is_no_response() -> None:
    assert desk().read(stories.replied(at(10), automatic=True)).clocks["first_response"].state == "running"


def test_a_late_reply_ends_the_clock_with_the_exact_overrun_and_leaves_the_breach_standing() -> None:
    story = desk().wait(at(14)).read(stories.replied(at(15.25))).wait(at(20))
    (stopped,) = story.of(SlaClockStopped)
    assert (stopped.reason, stopped.overrun_seconds, stopped.occurred_at) == ("agent_replied", 8100, at(15.25))
    assert set(stopped.alert_ids) == set(story.standing)
    assert sorted(alert.threshold for alert in story.standing.values()) == [50, 100]


def test_an_alert_accounts_for_all_the_time_since_the_start() -> None:
    book = stories.book(
        {"clocks": {"resolution": stories.clock("8h", calendar="office", pause_on=["customer"], warn={50: "low"})}}
    )
    story = desk(book).read(stories.paused(at(11)), stories.resumed(at(13.5))).wait(at(0, day=4))
    for alert in story.of(SlaWarning) + story.of(SlaBreached):
        accounted = alert.worked_seconds + alert.paused_seconds + alert.closed_seconds
        assert timedelta(seconds=accounted) == alert.occurred_at - alert.started_at
        assert alert.paused_seconds == 2.5 * 3600
    (breach,) = story.of(SlaBreached)
    assert (breach.worked_seconds, breach.occurred_at, breach.due_at) == (8 * 3600, at(11.5, day=1), at(11.5, day=1))


def test_a_paused_clock_has_no_due_time_and_does_not_fire() -> None:
    story = desk(RESUMING).read(stories.paused(at(10)))
    status = story.clocks["resolution"]
    assert (status.state, status.due_at, status.remaining_seconds) == ("paused", None, 7 * 3600)
    assert story.wait(at(0, day=20)).of(SlaBreached) == []


def test_a_resumed_clock_is_due_later_by_its_pause() -> None:
    story = desk(RESUMING).read(stories.paused(at(10)), stories.resumed(at(12)))
    status = story.clocks["resolution"]
    assert (status.state, status.due_at, status.worked_seconds) == ("running", at(19), 3600)


def test_a_pause_for_a_reason_that_the_policy_does_not_name_stops_nothing() -> None:
    assert desk(RESUMING).read(stories.paused(at(10), reason="other")).clocks["resolution"].state == "running"


def test_a_complaint_waits_for_the_latest_reason_said() -> None:
    story = desk(RESUMING).read(stories.paused(at(10)), stories.paused(at(11), reason="other"))
    assert story.clocks["resolution"].due_at == at(18)


def test_a_pause_said_twice_began_the_first_time() -> None:
    story = desk(RESUMING).read(stories.paused(at(10)), stories.paused(at(11)), stories.resumed(at(12)))
    assert story.clocks["resolution"].due_at == at(19)


def test_a_warning_that_would_not_come_before_the_breach_does_not_come() -> None:
    """A pause within a day moves no working day, but the share of the time worked."""
    clocks = {"resolution": stories.clock("1bd", calendar="office", warn={95: "high"}, pause_on=["customer"])}
    story = desk(stories.book({"clocks": clocks})).read(stories.paused(at(10)), stories.resumed(at(16)))
    story.wait(at(0, day=3))
    assert [(type(alert), alert.occurred_at) for alert in story.standing.values()] == [(SlaBreached, at(17, day=1))]


def test_what_is_due_at_once_breaches_without_a_warning() -> None:
    story = desk(stories.book({"clocks": {"first_response": stories.clock("0s", warn={50: "low"})}})).wait(at(10))
    assert [alert.threshold for alert in story.standing.values()] == [100]


def test_a_pause_after_the_breach_leaves_it_standing_and_out_of_the_overrun() -> None:
    story = desk(RESUMING).wait(at(18))
    story.read(stories.paused(at(19)), stories.resumed(at(21)), stories.resolved(at(22)))
    assert story.clocks["resolution"].state == "breached"
    assert story.of(SlaClockStopped)[0].overrun_seconds == 3 * 3600


def test_a_reopening_resumes_with_the_time_resolved_counted_as_paused() -> None:
    story = desk(RESUMING).read(stories.resolved(at(12)), stories.reopened(at(15)))
    status = story.clocks["resolution"]
    assert (status.state, status.due_at, status.cycle) == ("running", at(20), RECEIVED.event_id)


def test_a_reopening_restarts_where_the_policy_says_so_and_opens_a_cycle() -> None:
    reopening = stories.reopened(at(15))
    story = desk(RESTARTING).read(stories.resolved(at(12)), reopening)
    first, second = story.of(SlaClocksChanged)[-1].clocks
    assert (first.state, first.cycle) == ("met", RECEIVED.event_id)
    assert (second.state, second.cycle, second.due_at) == ("running", reopening.event_id, at(23))
    story.wait(at(0, day=1))
    assert [alert.cycle for alert in story.of(SlaBreached)] == [reopening.event_id]


@pytest.mark.parametrize("end", [stories.closed, stories.withdrawn])
def test_a_closed_or_withdrawn_complaint_leaves_no_clock_running(end) -> None:
    story = desk().wait(at(11)).read(end(at(12))).wait(at(0, day=9))
    assert (story.clocks["first_response"].state, story.clocks["first_response"].reason) == ("ended", "resolved")
    assert story.of(SlaBreached) == []
    (stopped,) = story.of(SlaClockStopped)
    assert stopped.reason == "resolved"


def test_a_closed_complaint_that_is_reopened_has_its_clocks_again() -> None:
    story = desk().read(stories.closed(at(10)), stories.reopened(at(20)))
    assert story.clocks["first_response"].due_at == at(23)


def test_a_reopening_does_not_ask_for_another_first_response() -> None:
    story = desk().read(stories.replied(at(10)), stories.resolved(at(11)), stories.reopened(at(12)))
    assert story.clocks["first_response"].state == "met"


def test_the_end_of_a_clock_is_told_once() -> None:
    story = desk().wait(at(14)).read(stories.replied(at(15)), stories.resolved(at(16)), stories.closed(at(17)))
    assert len(story.of(SlaClockStopped)) == 1


def test_a_resolution_ends_the_wait_for_an_answer_which_is_neither_met_nor_missed() -> None:
    story = desk().read(stories.resolved(at(10))).wait(at(0, day=1))
    assert (story.clocks["first_response"].state, story.clocks["first_response"].reason) == ("ended", "resolved")
    assert story.of(SlaBreached) == []


def test_a_breach_before_the_resolution_stands() -> None:
    story = desk().wait(at(14)).read(stories.resolved(at(15)))
    assert (story.clocks["first_response"].state, story.clocks["first_response"].reason) == ("breached", None)
    assert [alert.clock for alert in story.standing.values() if alert.type == "sla_breached"] == ["first_response"]


def test_a_reply_read_after_the_breach_but_made_before_takes_the_breach_back() -> None:
    story = desk().wait(at(14)).read(stories.replied(at(12)), now=at(14))
    (withdrawn,) = story.of(SlaAlertWithdrawn)
    assert (withdrawn.reason, withdrawn.revision) == ("ended_in_time", 2)
    assert [alert.threshold for alert in story.standing.values()] == [50]


def test_a_pause_read_late_moves_the_breach_and_brings_it_again_with_a_higher_revision() -> None:
    story = desk(RESUMING).wait(at(18)).read(stories.paused(at(10)), stories.resumed(at(12)), now=at(18))
    assert story.of(SlaAlertWithdrawn)[-1].reason == "due_later"
    story.wait(at(20))
    breach = story.of(SlaBreached)[-1]
    assert (breach.revision, breach.occurred_at) == (3, at(19))


def test_a_late_event_that_changes_what_an_alert_says_corrects_it_by_a_new_revision() -> None:
    clocks = {"resolution": stories.clock("9h", calendar="office", pause_on=["customer"])}
    story = desk(stories.book({"clocks": clocks})).wait(at(12, day=1))
    story.read(stories.resumed(at(20)), stories.paused(at(18)), now=at(12, day=1))
    said = [(alert.revision, alert.occurred_at, alert.paused_seconds) for alert in story.of(SlaBreached)]
    assert said == [(1, at(11, day=1), 0), (2, at(11, day=1), 7200)]


POLICIES = stories.book(
    {"match": {"severity": ["critical"]}, "clocks": {"resolution": stories.clock("1h")}},
    {"match": {"severity": ["low"]}, "clocks": {"resolution": stories.clock("40h")}},
    {"match": {"product": ["toy"]}, "clocks": {}},
    {"clocks": {"resolution": stories.clock("4h")}},
)


def test_a_stricter_policy_breaches_at_once_what_is_past_its_due_time_marked_retroactive() -> None:
    story = desk(POLICIES).read(stories.reclassified(at(12), severity="critical"))
    (breach,) = story.of(SlaBreached)
    assert (breach.retroactive, breach.occurred_at, breach.policy) == (True, at(10), "policy-0")
    assert story.wait(at(0, day=3)).of(SlaBreached) == [breach]


def test_a_breach_after_the_policy_came_to_hold_is_not_retroactive() -> None:
    story = desk(POLICIES).read(stories.reclassified(at(9.5), severity="critical")).wait(at(11))
    assert [breach.retroactive for breach in story.of(SlaBreached)] == [False]


def test_a_laxer_policy_takes_back_what_it_would_not_have_said() -> None:
    story = desk(POLICIES).wait(at(14)).read(stories.reclassified(at(14), severity="low"))
    assert [alert.reason for alert in story.of(SlaAlertWithdrawn)] == ["due_later"]
    assert story.clocks["resolution"].due_at == at(1, day=2)


def test_a_policy_without_the_clock_leaves_no_ghost_of_it() -> None:
    story = desk(POLICIES).wait(at(14)).read(stories.reclassified(at(14), product="toy"))
    assert [alert.reason for alert in story.of(SlaClockStopped)] == ["superseded"]
    assert [alert.reason for alert in story.of(SlaAlertWithdrawn)] == ["superseded"]
    assert story.clocks == {}


def test_the_routers_findings_choose_the_policy_as_if_there_were_no_breach() -> None:
    book = stories.book(
        {"match": {"queue": ["fraud"], "priority": [90]}, "clocks": {"resolution": stories.clock("1h")}},
        {"clocks": {"resolution": stories.clock("4h")}},
    )
    found = {"queue_without_breach": "fraud", "priority_without_breach": 90}
    moved = {"queue": "fraud", "priority": 90, "trigger": "breach"}
    assert Desk(book).read(RECEIVED, stories.routed(RECEIVED, **found)).clocks["resolution"].due_at == at(10)
    assert Desk(book).read(RECEIVED, stories.routed(RECEIVED, **moved)).clocks["resolution"].due_at == at(13)


def test_an_alert_names_the_queue_the_complaint_was_in_at_that_instant() -> None:
    story = (
        desk()
        .wait(at(12))
        .read(stories.routed(RECEIVED, at(12.5), queue_without_breach="second", trigger="step"))
        .wait(at(14))
    )
    assert [alert.queue for alert in story.of(SlaWarning) + story.of(SlaBreached)] == ["general", "second"]


def test_an_alert_has_the_same_ids_whenever_it_is_found() -> None:
    punctual, late = desk().wait(at(13)), desk().wait(at(0, day=5))
    assert [warning.lag_seconds for warning in late.of(SlaWarning)] == [3600 * (24 * 5 - 11)]
    (one,), (other,) = punctual.of(SlaBreached), late.of(SlaBreached)
    assert (one.lag_seconds, other.lag_seconds) == (0, 3600 * (24 * 5 - 13))
    assert one.event_id == other.event_id
    assert one.alert_id == derived_id(COMPLAINT, "first_response", RECEIVED.event_id, "100")


def test_reading_an_event_again_says_nothing_again() -> None:
    story = desk().wait(at(14))
    said = len(story.published)
    story.read(*START, now=at(15))
    assert len(story.published) == said
    assert story.reasons[-2:] == ["duplicate", "duplicate"]


def test_all_that_is_published_is_what_the_topics_carry() -> None:
    story = desk(POLICIES).wait(at(14)).read(stories.reclassified(at(14), severity="low"), stories.resolved(at(15)))
    story.read(stories.reclassified(at(16), severity="critical"), stories.reclassified(at(17), product="toy"))
    assert {type(event) for event in story.published} >= {SlaBreached, SlaAlertWithdrawn, SlaClockStopped}
    for event in story.published:
        topic = SLA_CLOCKS if isinstance(event, SlaClocksChanged) else SLA_ALERTS
        assert topic.codec.decode(event.model_dump_json().encode()) == event


def test_events_that_move_no_clock_are_kept_and_say_nothing() -> None:
    story = desk()
    said = len(story.published)
    story.read(stories.assigned(at(10)))
    assert story.reasons[-1] == "nothing_changed"
    assert len(story.published) == said
    assert story.read(stories.assigned(at(10))).reasons[-1] == "duplicate"
    assert len(story.wait(at(13)).of(SlaBreached)) == 1


def test_a_late_decision_that_answers_a_known_event_is_folded_right_after_it() -> None:
    """Reclassified after the assignment of the same instant; the decision about the assignment comes before it."""
    correction, assignment = stories.reclassified(at(10), severity="low"), stories.assigned(at(10))
    decision = stories.routed(assignment, severity="critical")
    ends = [
        Desk(POLICIES).read(RECEIVED, *order)
        for order in ((correction, assignment, decision), (decision, assignment, correction))
    ]
    assert [story.clocks["resolution"].policy for story in ends] == ["policy-1", "policy-1"]
