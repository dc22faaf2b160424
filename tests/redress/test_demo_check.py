"""The demo's check: what was accepted and what the topics hold in, results out; any one number that is off shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from redress.demo.check import Accepted, check
from redress.demo.observed import SUMMARY_WINDOW, ObservedResults
from redress.demo.scenario import CLOCKS, QUEUES, SCENARIOS, expect_results, plan
from schemas.derived import (
    Attribution,
    ClockStatus,
    ComplaintRouted,
    DeadLetter,
    FeedbackSummary,
    QueueItem,
    SlaAlertWithdrawn,
    SlaBreached,
    SlaClocksChanged,
    SlaWarning,
    SurveyRequested,
)
from schemas.events import ComplaintClosed
from schemas.ids import derived_id
from schemas.topics import (
    COMPLAINT_EVENTS,
    COMPLAINTS_ROUTED,
    FEEDBACK_SUMMARIES,
    SLA_ALERTS,
    SLA_CLOCKS,
    SURVEY_REQUESTS,
    queue_topic,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PLANNED = plan(120, seed=4, start=NOON)


def complaint_id(one):
    return derived_id("complaint", one.reference)


def derived(*what):
    return {
        "event_id": derived_id(*what),
        "cause_event_id": derived_id("cause"),
        "occurred_at": NOON,
        "recorded_at": NOON,
    }


def decision(one, *, queue=None, again=""):
    queue = queue or one.queue
    return ComplaintRouted(
        **derived("routed", one.reference, again), complaint_id=complaint_id(one), queue=queue, priority=1, rule="r",
        reason="rule_matched", ruleset_version="1", ruleset_hash="h", hop=0, trigger="received",
        queue_without_breach=queue, priority_without_breach=1,
    )  # fmt: skip


def alert(kind, one, clock, revision=1):
    threshold = 100 if kind is SlaBreached else 80
    return kind(
        **derived(kind.__name__, one.reference, clock, str(revision)), complaint_id=complaint_id(one),
        alert_id=derived_id("alert", one.reference, clock, str(threshold)), revision=revision, clock=clock,
        cycle=derived_id("cycle"), threshold=threshold, level="high", policy="p", policy_version="1",
        calendar_version="1", owner="o", runbook="r", started_at=NOON, due_at=NOON, worked_seconds=0.0,
        paused_seconds=0.0, closed_seconds=0.0, pauses=0, retroactive=False, lag_seconds=0.0,
    )  # fmt: skip


def clocks(one, state):
    status = [
        ClockStatus(
            clock=clock, cycle=derived_id("cycle"), policy="p", policy_version="1", calendar_version="1", state=state,
            worked_seconds=0.0,
        )
        for clock in CLOCKS
    ]  # fmt: skip
    return SlaClocksChanged(
        **derived("clocks", one.reference, state), complaint_id=complaint_id(one), clocks=tuple(status)
    )


def item(one):
    return QueueItem(
        **derived("item", one.reference), complaint_id=complaint_id(one), queue=one.queue, priority=1, channel="web",
        entered_at=NOON, state="waiting",
    )  # fmt: skip


def survey(one, number):
    return SurveyRequested(
        **derived("survey", one.reference, str(number)), complaint_id=complaint_id(one), survey_id="token",
        cycle=derived_id("cycle", str(number)), metric="csat", channel="web",
        attribution=Attribution(agent=one.resolvers[number]), expires_at=NOON,
    )  # fmt: skip


def summary(dimension, value, n, satisfied):
    return FeedbackSummary(
        **derived("summary", dimension, value, str(n)), metric="csat", dimension=dimension, value=value,
        window_start=NOON, window_end=NOON + SUMMARY_WINDOW, revision=1, counts={"n": n, "satisfied": satisfied}, n=n,
        score=satisfied / n if n else None, low=None, high=None,
    )  # fmt: skip


def kept(event_id):
    return ComplaintClosed(event_id=event_id, complaint_id=derived_id("c"), occurred_at=NOON, recorded_at=NOON)


class World:
    """What would be sent and seen if all went by the plan."""

    def __init__(self):
        self.observed = ObservedResults()
        self.numbers = count()
        wanted = expect_results(PLANNED)
        self.wanted = wanted
        answers = sum(1 for one in PLANNED for answer in one.answers if answer)
        events = sum(len(one.events) for one in PLANNED)
        ids = {derived_id("kept", str(number)) for number in range(len(PLANNED) + events + answers)}
        self.accepted = Accepted(
            len(PLANNED), events, answers, ids, {complaint_id(one): one.reference for one in PLANNED}
        )
        for event_id in ids:
            self.add(COMPLAINT_EVENTS, kept(event_id))
        for one in PLANNED:
            scenario = SCENARIOS[one.scenario]
            self.add(COMPLAINTS_ROUTED, decision(one))
            self.add(queue_topic(one.queue), item(one), key=complaint_id(one))
            if not scenario.open:
                self.observed.add(queue_topic(one.queue), complaint_id(one), None)
            self.add(SLA_CLOCKS, clocks(one, "running"), key=complaint_id(one))
            self.add(SLA_CLOCKS, clocks(one, "breached" if scenario.open else "met"), key=complaint_id(one))
            for kind, which in ((SlaWarning, scenario.warned), (SlaBreached, scenario.breached)):
                for clock in which:
                    self.add(SLA_ALERTS, alert(kind, one, clock))
            for number in range(len(one.answers)):
                self.add(SURVEY_REQUESTS, survey(one, number))
        for queue, (n, satisfied) in wanted.scores.items():
            self.add(FEEDBACK_SUMMARIES, summary("queue", queue, n, satisfied), key=queue)
        n, satisfied = (sum(numbers) for numbers in zip(*wanted.scores.values(), strict=True))
        self.add(FEEDBACK_SUMMARIES, summary("all", "all", n, satisfied), key="all")

    def add(self, topic, event, key=""):
        self.observed.add(topic, key, event)

    def disagreeing(self):
        found = check(PLANNED, self.wanted, self.accepted, self.observed)
        return {result.subject for result in found if not result.agrees}


@pytest.fixture
def world():
    return World()


def taking(scenario):
    return next(one for one in PLANNED if one.scenario == scenario)


def test_what_goes_by_the_plan_agrees_in_every_number(world):
    assert world.disagreeing() == set()


def test_the_plan_of_the_test_takes_every_scenario_and_queue():
    assert {one.scenario for one in PLANNED} == set(SCENARIOS)
    assert {one.queue for one in PLANNED} == set(QUEUES)


def test_an_accepted_event_that_is_not_in_kafka_shows(world):
    world.accepted = replace(world.accepted, event_ids={*world.accepted.event_ids, derived_id("lost")})
    assert world.disagreeing() == {"accepted events in Kafka"}


def test_an_event_in_kafka_that_was_never_accepted_shows(world):
    world.add(COMPLAINT_EVENTS, kept(derived_id("stray")))
    assert world.disagreeing() == {"accepted events in Kafka"}


def test_an_accepted_event_that_kafka_holds_twice_is_one_event(world):
    """A retry of a request that had been kept already."""
    world.add(COMPLAINT_EVENTS, kept(next(iter(world.accepted.event_ids))))
    assert world.disagreeing() == set()


def test_a_complaint_that_is_not_routed_shows(world):
    one = taking("answered in time")
    del world.observed.first_queues[complaint_id(one)]
    assert world.disagreeing() == {"complaints routed", f"routed to {one.queue}"}


def test_a_second_decision_for_one_receipt_shows(world):
    one = taking("answered in time")
    world.add(COMPLAINTS_ROUTED, decision(one, again="again"))
    assert world.disagreeing() == {"complaints routed twice"}


def test_a_conclusion_that_can_be_read_twice_shows(world):
    world.add(SURVEY_REQUESTS, survey(taking("answered in time"), 0))
    assert world.disagreeing() == {"conclusions published twice"}


def test_a_complaint_in_the_wrong_queue_shows_though_the_totals_agree(world):
    one, other = (next(one for one in PLANNED if one.queue == queue) for queue in ("billing", "delivery"))
    for complaint, queue in ((one, "delivery"), (other, "billing")):
        world.observed.first_queues[complaint_id(complaint)] = [queue]
    assert world.disagreeing() == {"routed to billing", "routed to delivery"}


def test_a_complaint_left_in_its_queue_shows(world):
    one = taking("answered in time")
    world.add(queue_topic(one.queue), item(one), key=complaint_id(one))
    assert world.disagreeing() == {f"still waiting in {one.queue}"}


@pytest.mark.parametrize(("kind", "what"), [(SlaWarning, "warnings"), (SlaBreached, "breaches")])
def test_an_alert_on_the_wrong_complaint_shows_though_the_totals_agree(world, kind, what):
    late = taking("answered late")
    withdrawn = SlaAlertWithdrawn(
        **derived("withdrawn"), complaint_id=complaint_id(late), reason="late_event", revision=2,
        alert_id=alert(kind, late, "first_response").alert_id,
    )  # fmt: skip
    world.add(SLA_ALERTS, withdrawn)
    world.add(SLA_ALERTS, alert(kind, taking("answered in time"), "first_response"))
    assert world.disagreeing() == {f"{what}: first_response"}


def test_an_alert_that_was_withdrawn_and_stands_again_agrees(world):
    one = taking("answered late")
    again = alert(SlaBreached, one, "first_response", revision=3)
    withdrawn = SlaAlertWithdrawn(
        **derived("withdrawn"), complaint_id=complaint_id(one), reason="r", revision=2, alert_id=again.alert_id
    )
    world.add(SLA_ALERTS, withdrawn)
    world.add(SLA_ALERTS, again)
    assert world.disagreeing() == set()


def test_a_clock_that_does_not_end_shows(world):
    one = taking("answered in time")
    world.add(SLA_CLOCKS, clocks(one, "running"), key=complaint_id(one))
    assert world.disagreeing() == {f"clocks still open: {clock}" for clock in CLOCKS}


def test_a_survey_too_few_shows(world):
    world.observed.surveys.popitem()
    assert world.disagreeing() == {"surveys requested", "agents whose work surveys judge"}


def test_a_survey_about_the_agent_who_handed_the_complaint_over_shows(world):
    one = taking("handed over")
    asked = next(asked for asked in world.observed.surveys.values() if asked.complaint_id == complaint_id(one))
    former = Attribution(agent=one.events[0][1]["event"]["agent_id"])
    world.observed.surveys[asked.event_id] = asked.model_copy(update={"attribution": former})
    assert world.disagreeing() == {"agents whose work surveys judge"}


def test_a_survey_answer_too_few_shows(world):
    world.accepted = replace(world.accepted, answers=world.accepted.answers - 1)
    assert world.disagreeing() == {"survey answers accepted"}


def test_a_satisfied_customer_counted_as_dissatisfied_shows(world):
    n, satisfied = world.wanted.scores["billing"]
    world.add(FEEDBACK_SUMMARIES, summary("queue", "billing", n, satisfied - 1), key="billing")
    assert world.disagreeing() == {"satisfied customers of billing"}


def test_windows_are_summed_and_a_tombstone_takes_one_out(world):
    world.add(FEEDBACK_SUMMARIES, summary("queue", "fraud", 2, 1), key="another window")
    assert world.disagreeing() == {"satisfied customers of fraud"}
    world.observed.add(FEEDBACK_SUMMARIES, "another window", None)
    assert world.disagreeing() == set()


def test_a_dead_letter_shows_with_its_topic_and_reason(world):
    letter = DeadLetter(
        event_id=derived_id("dead"), occurred_at=NOON, recorded_at=NOON, value=None, topic="complaint-events",
        partition=0, offset=1, group="redress-router", reason="malformed_json", detail="/: ",
    )  # fmt: skip
    world.add(COMPLAINT_EVENTS.dead_letters, letter)
    assert world.disagreeing() == {"dead letters"}
    last = check(PLANNED, world.wanted, world.accepted, world.observed)[-1]
    assert last.detail == "complaint-events: malformed_json (1)"
