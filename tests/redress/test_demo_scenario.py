"""The demo's plan: the same for a seed, within its deadlines as it says, and with expectations that add up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from redress import demo
from redress.demo.scenario import (
    CLOCKS,
    LAST_DEADLINE,
    QUEUES,
    SCENARIOS,
    expect_results,
    plan,
)
from services.feedback.settings import Settings as FeedbackSettings
from services.feedback.settings import load_rules
from services.intake.settings import Settings as IntakeSettings
from services.intake.settings import load_channels
from services.router.settings import Settings as RouterSettings
from services.router.settings import load_queues, load_ruleset
from services.sla_monitor.settings import Settings as SlaSettings

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
CONFIG = Path(demo.__file__).parent / "config"


@pytest.fixture(scope="module")
def planned():
    return plan(1_000, seed=1, start=START)


def test_a_seed_gives_the_same_plan(planned):
    assert plan(1_000, seed=1, start=START) == planned
    assert plan(1_000, seed=2, start=START) != planned


def test_complaints_arrive_in_order_within_half_a_minute_in_waves(planned):
    assert [one.at for one in planned] == sorted(one.at for one in planned)
    assert planned[-1].at < START + timedelta(seconds=30)
    per_second = Counter(int((one.at - START).total_seconds()) for one in planned)
    assert max(per_second.values()) > 4 * min(per_second.values())


def test_every_scenario_is_taken(planned):
    assert {one.scenario for one in planned} == set(SCENARIOS)


def test_all_of_a_complaint_happens_in_order_and_before_its_last_deadline(planned):
    for one in planned:
        instants = [at for at, _ in one.events]
        assert [one.at, *instants] == sorted([one.at, *instants])
        assert all(at <= one.at + LAST_DEADLINE for at in instants)


def seconds_until(one, event_type):
    return next((at - one.at).total_seconds() for at, line in one.events if line["event"]["type"] == event_type)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_meets_or_misses_the_first_response_as_it_says(planned, scenario):
    """6 s, warned at 75 %: redress/demo/config/policies.yaml."""
    for one in planned:
        types = [line["event"]["type"] for _, line in one.events]
        if one.scenario != scenario or "complaint_withdrawn" in types:
            continue
        replied = seconds_until(one, "agent_replied") if types else float("inf")
        assert ("first_response" in SCENARIOS[scenario].warned) == (replied > 4.5)
        assert ("first_response" in SCENARIOS[scenario].breached) == (replied > 6)


@pytest.mark.parametrize("scenario", ["answered in time", "answered late", "solved late"])
def test_a_scenario_without_pause_meets_or_misses_the_resolution_as_it_says(planned, scenario):
    for one in planned:
        if one.scenario == scenario:
            solved = seconds_until(one, "complaint_resolved")
            assert ("resolution" in SCENARIOS[scenario].warned) == (solved > 12)
            assert ("resolution" in SCENARIOS[scenario].breached) == (solved > 15)


def test_only_the_agent_who_holds_a_complaint_acts_on_it_hands_it_over_or_gives_it_back(planned):
    for one in planned:
        holder = None
        for _, line in one.events:
            event = line["event"]
            if event["type"] == "complaint_reopened":
                holder = None
            elif event["type"] == "agent_assigned":
                assert event.get("replaces") == holder != event["agent_id"]
                holder = event["agent_id"]
            elif "agent_id" in event:
                assert event["agent_id"] == holder
                holder = None if event["type"] == "agent_released" else holder


def test_there_is_an_answer_or_none_for_each_resolution(planned):
    for one in planned:
        resolutions = [line for _, line in one.events if line["event"]["type"] == "complaint_resolved"]
        assert len(one.answers) == len(resolutions)


def test_the_expectations_count_every_complaint(planned):
    wanted = expect_results(planned)
    assert len(wanted.queue) == 1_000
    assert set(wanted.queue.values()) == set(QUEUES)
    assert set().union(*wanted.waiting.values()) == wanted.open
    assert all(wanted.breached[clock] <= wanted.warned[clock] for clock in CLOCKS)
    answered = [answer for one in planned for answer in one.answers if answer and answer.score]
    assert sum(answers for answers, _ in wanted.scores.values()) == len(answered)


def test_the_demos_own_configuration_is_one_that_the_services_accept(planned):
    channels = load_channels(IntakeSettings(config=CONFIG)).names
    assert {one.complaint["channel"] for one in planned} <= channels
    assert load_rules(FeedbackSettings(config=CONFIG)).reply_windows.keys() == channels
    queues = load_queues(RouterSettings(config=CONFIG))
    assert load_ruleset(RouterSettings(config=CONFIG), queues)
    assert set(QUEUES) < set(queues.names)
    assert SlaSettings(config=CONFIG).policy_book
