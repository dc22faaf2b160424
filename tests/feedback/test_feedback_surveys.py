"""When customers are asked, when not and why, and whose work the survey judges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.derived import Attribution
from schemas.ids import derived_id
from schemas.survey_token import verify
from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event, decide_due_surveys
from services.feedback.domain.resolution_cycles import fold_cycles
from services.feedback.domain.rules import Rules
from services.lifecycle.fold import fold_known
from tests.feedback.stories import (
    COMPLAINT,
    KEYS,
    RULES,
    assigned,
    at,
    closed,
    event_id,
    received,
    reclassified,
    released,
    reopened,
    resolved,
    routed,
    withdrawn,
)


def told(*events, rules: Rules = RULES) -> Complaint:
    complaint = Complaint(COMPLAINT)
    for event in events:
        add_event(complaint, event, at(0), at(0), rules)
    return complaint


def asked(*events, minutes: float = 1_000, rules: Rules = RULES):
    surveys = decide_due_surveys(told(*events, rules=rules), at(minutes), at(minutes), rules, KEYS)
    return [decision.reason for decision in surveys.decisions]


def request(*events, minutes: float = 1_000):
    (decision,) = decide_due_surveys(told(*events), at(minutes), at(minutes), RULES, KEYS).decisions
    return decision.request


CHAT = received(channel="chat")
NOT_SAMPLED = replace(RULES, sample=0.0)


@pytest.mark.parametrize(
    ("events", "decisions"),
    [
        ([received(), resolved(5)], ["requested"]),
        ([received()], []),
        ([resolved(5)], []),
        ([received(), closed(5)], []),
        ([received(), resolved(5), closed(6)], ["requested"]),
        ([received(), resolved(5), resolved(7, "again")], ["requested"]),
        ([received(), resolved(5), withdrawn(15)], ["withdrawn"]),
        ([received(), resolved(5), withdrawn(15.1)], ["requested"]),
        ([received(), resolved(5), reopened(15)], ["reopened"]),
        ([received(), resolved(5), reopened(15.1)], ["requested"]),
        ([received(), resolved(5), reopened(15), resolved(20, "again")], ["reopened", "requested"]),
        ([received(), resolved(5), reopened(16), resolved(20, "again")], ["requested", "requested"]),
        ([received(), reopened(2), resolved(5)], ["requested"]),
        ([received(), withdrawn(2), resolved(5)], []),
        ([received(), withdrawn(2), reopened(3), resolved(5)], ["requested"]),
        ([received(), resolved(5), withdrawn(8), reopened(9), resolved(20, "again")], ["withdrawn", "requested"]),
        ([received(), received(1, event_id=derived_id("twice")), resolved(5)], ["requested"]),
        ([received(channel="telex"), resolved(5)], ["channel_unknown"]),
    ],
)
def test_a_customer_is_asked_once_per_resolution_cycle_that_holds(events, decisions):
    assert asked(*events) == decisions


@pytest.mark.parametrize(
    "events",
    [
        [received(), resolved(5), resolved(7, "again")],
        [received(), received(1, event_id=derived_id("twice")), resolved(5)],
        [received(), reopened(2), resolved(5)],
    ],
    ids=["resolved twice", "received twice", "reopened though open"],
)
def test_what_repeats_or_changes_nothing_begins_no_cycle_and_moves_no_resolution(events):
    found = request(*events)
    assert (found.cycle, found.cause_event_id) == (event_id("received"), event_id("resolved"))
    assert found.occurred_at == at(15)


def test_the_time_to_ask_is_ten_minutes_after_the_resolution_and_not_before():
    complaint = told(received(), resolved(5))
    early = decide_due_surveys(complaint, at(15) - timedelta(microseconds=1), at(15), RULES, KEYS)
    assert early.decisions == ()
    assert complaint.due == at(15)
    assert decide_due_surveys(complaint, at(15), at(15), RULES, KEYS).decisions


def test_a_customer_who_was_asked_is_not_asked_again_by_later_events():
    complaint = told(received(), resolved(5))
    assert decide_due_surveys(complaint, at(15), at(15), RULES, KEYS).decisions
    add_event(complaint, resolved(4, "read late"), at(16), at(16), RULES)
    assert decide_due_surveys(complaint, at(60), at(60), RULES, KEYS).decisions == ()


@pytest.mark.parametrize(
    ("minutes", "decision"), [(5 + 24 * 60 - 0.01, "requested"), (5 + 24 * 60, "window_over"), (10**6, "window_over")]
)
def test_nobody_is_asked_when_the_channels_reply_window_is_over(minutes, decision):
    assert asked(CHAT, resolved(5), minutes=minutes) == [decision]


def test_a_request_says_what_is_asked_and_its_token_vouches_for_it():
    found = request(CHAT, resolved(5), minutes=90)
    claims = verify(found.survey_id, KEYS, at(90))
    assert (found.cycle, found.channel, found.metric) == (event_id("received"), "chat", "csat")
    assert found.cause_event_id == event_id("resolved")
    assert (found.occurred_at, found.recorded_at) == (at(15), at(90))
    assert found.expires_at == claims.expires_at == at(5) + timedelta(hours=24)
    assert (claims.complaint_id, claims.cycle, claims.metric) == (COMPLAINT, event_id("received"), "csat")


def test_a_requests_id_depends_on_complaint_and_cycle_alone():
    assert request(received(), resolved(5)).event_id == derived_id(COMPLAINT, event_id("received"), "survey")
    assert request(CHAT, resolved(5), minutes=900).event_id == request(received(), resolved(7)).event_id


def test_a_second_cycle_is_named_after_its_reopening_and_has_a_request_of_its_own():
    events = received(), resolved(5), reopened(20), resolved(25, "again")
    first, second = (
        decision.request for decision in decide_due_surveys(told(*events), at(60), at(60), RULES, KEYS).decisions
    )
    assert (first.cycle, second.cycle) == (event_id("received"), event_id("reopened"))
    assert first.event_id != second.event_id


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_sample_is_a_share_of_cycles_and_every_worker_draws_the_same(share):
    rules = replace(RULES, sample=share)
    drawn = [rules.is_sampled(COMPLAINT, derived_id(str(cycle))) for cycle in range(4_000)]
    assert sum(drawn) / 4_000 == pytest.approx(share, abs=0.03)
    assert drawn == [rules.is_sampled(COMPLAINT, derived_id(str(cycle))) for cycle in range(4_000)]


def test_a_cycle_outside_the_sample_is_not_asked():
    assert asked(received(), resolved(5), rules=NOT_SAMPLED) == ["not_sampled"]


@pytest.mark.parametrize(
    ("events", "attribution"),
    [
        ([received(), resolved(5)], {"channel": "web"}),
        (
            [received(category="fraud"), routed(0, "billing", arm="pilot"), assigned(1, "ann"), resolved(5)],
            {
                "channel": "web",
                "queue": "billing",
                "agent": "ann",
                "category": "billing",
                "ruleset_version": "v1",
                "arm": "pilot",
            },
        ),
        ([received(category="fraud"), routed(0, "q", category=None), resolved(5)], {"category": "fraud", "queue": "q"}),
        ([received(), routed(0, "q"), reclassified(1, "privacy"), resolved(5)], {"category": "privacy"}),
        ([received(), assigned(1, "ann"), assigned(2, "bob", "a second claim"), resolved(5)], {"agent": "ann"}),
        ([received(), assigned(1, "ann"), assigned(2, "bob", "b", replaces="ann"), resolved(5)], {"agent": "bob"}),
        ([received(), assigned(1, "ann"), assigned(2, "bob", "b", replaces="cid"), resolved(5)], {"agent": "ann"}),
        ([received(), assigned(1, "ann"), resolved(5, agent="eve")], {"agent": "ann"}),
        ([received(), resolved(5, agent="eve")], {"agent": "eve"}),
        ([received(), assigned(1, "ann"), released(2), resolved(5, agent="eve")], {"agent": "eve"}),
        ([received(5), assigned(1, "ann"), resolved(5)], {"agent": "ann"}),
        ([received(), assigned(6, "late"), resolved(5)], {"agent": None}),
        ([received(), routed(6, "late", trigger="breach"), resolved(5)], {"queue": None}),
        (
            [received(), routed(3, "second", "r2", trigger="step", hop=1), routed(0, "first", "r1"), resolved(5)],
            {"queue": "second"},
        ),
        (
            [received(5), routed(5, "second", "r2", hop=1), routed(5, "first", "r1"), resolved(5)],
            {"queue": "second"},
        ),
        (
            [received(5), routed(5, "second", "r1", hop=1), routed(5, "first", "r2"), resolved(5)],
            {"queue": "second"},
        ),
    ],
)
def test_a_survey_judges_who_had_the_complaint_when_it_was_resolved(events, attribution):
    found = request(*events).attribution
    assert isinstance(found, Attribution)
    assert {name: getattr(found, name) for name in attribution} == attribution


def test_a_routing_comes_right_after_what_it_answers_even_in_one_instant():
    answers_the_reopening = routed(20, "second line", "r2", cause="reopened", trigger="reopened", hop=1)
    events = received(), routed(0, "first line"), resolved(20), reopened(20), answers_the_reopening, resolved(20.5, "r")
    known = fold_known(told(*events).log.decode())
    assert known is not None
    first, second = fold_cycles(known.steps)
    assert first.resolution.attribution.queue == "first line"
    assert second.resolution.attribution.queue == "second line"


def test_a_sources_own_sequence_orders_one_instant():
    first = assigned(1, "ann", "a", source_sequence=2)
    second = assigned(1, "bob", "b", source_sequence=10)
    unnumbered = assigned(1, "eve", "c")
    assert request(received(), second, first, resolved(5)).attribution.agent == "ann"
    assert request(received(), first, unnumbered, resolved(5)).attribution.agent == "eve"


def test_routings_of_one_instant_follow_the_sequence_of_what_they_answer():
    def corrected(name: str, sequence: int):
        return reclassified(3, name, name, source_sequence=sequence)

    def answer(name: str):
        return routed(3, name, f"to {name}", cause=name, trigger="reclassified", hop=1, category=name)

    events = [received(), answer("last"), answer("first"), corrected("last", 9), corrected("first", 1), resolved(5)]
    assert request(*events).attribution.queue == "last"
    events = [received(), answer("last"), answer("first"), corrected("last", 1), corrected("first", 9), resolved(5)]
    assert request(*events).attribution.queue == "first"


def test_a_complaint_that_was_open_for_over_a_year_has_its_survey_decided():
    year = 400 * 24 * 60
    assert asked(received(), resolved(year), minutes=year + 10) == ["requested"]


def test_a_resolution_by_another_than_who_holds_the_complaint_is_remarked():
    complaint = told(received(), assigned(1, "ann"))
    assert add_event(complaint, resolved(5, agent="eve"), at(5), at(5), RULES).reason == "resolved_by_another"


def test_a_customer_whose_complaint_was_resolved_by_its_senders_slow_clock_is_asked():
    assert asked(received(4), assigned(0, "ann"), resolved(1)) == ["requested"]
