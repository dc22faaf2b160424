"""What the router decides of a complaint as its events arrive."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from schemas.derived import ComplaintRouted, QueueItem
from services.lifecycle import event_limit
from services.router.domain import routing
from services.router.domain.decisions import Moment
from services.worktime.instants import microseconds
from tests.router.complaints import (
    ACCEPTED,
    COMPLAINT,
    Desk,
    assigned,
    at,
    closed,
    escalated,
    received,
    reclassified,
    released,
    reopened,
    replied,
    resolved,
    ruleset,
    withdrawn,
    written_again,
)


def test_a_received_complaint_is_routed_by_the_first_rule_that_matches() -> None:
    complaint = received(category="fraud", severity="high", language="zh-Hans")
    desk = Desk().take(complaint)
    [decision] = desk.decisions
    rules = ruleset()
    assert decision.model_dump(exclude={"event_id"}) == {
        "type": "complaint_routed",
        "occurred_at": at(0),
        "recorded_at": ACCEPTED,
        "cause_event_id": complaint.event_id,
        "complaint_id": COMPLAINT,
        "queue": "fraud",
        "priority": 90,
        "skills": {"fraud": 3, "language": "zh-Hans"},
        "category": "fraud",
        "severity": "high",
        "flags": (),
        "language": "zh-Hans",
        "rule": "fraud-now",
        "reason": "rule_matched",
        "ruleset_version": "1",
        "ruleset_hash": rules.content_hash,
        "arm": "control",
        "hop": 0,
        "revision": 0,
        "trigger": "received",
        "queue_without_breach": "fraud",
        "priority_without_breach": 90,
        "facts": {},
    }
    [item] = desk.items
    assert item.model_dump(exclude={"event_id"}) == {
        "type": "queue_item",
        "occurred_at": at(0),
        "recorded_at": ACCEPTED,
        "cause_event_id": complaint.event_id,
        "complaint_id": COMPLAINT,
        "queue": "fraud",
        "priority": 90,
        "skills": {"fraud": 3, "language": "zh-Hans"},
        "category": "fraud",
        "severity": "high",
        "channel": "web",
        "language": "zh-Hans",
        "entered_at": at(0),
        "waiting_since": at(0),
        "state": "waiting",
        "agent_id": None,
    }


def test_what_no_rule_matches_goes_to_the_default_queue() -> None:
    desk = Desk().take(received(category=None))
    assert [(d.queue, d.rule, d.reason) for d in desk.decisions] == [("general", "default", "no_rule_matched")]
    assert desk.where == ["general"]


def test_everything_published_is_what_validation_would_have_made_of_it() -> None:
    tags = ["regulator", "repeat", "summer"]
    desk = Desk().take(
        received(category="fraud", severity="critical", language="en", tags=tags),
        assigned(1),
        reclassified(2, category="x"),
    )
    assert desk.decisions[0].flags == ("regulator", "repeat")
    for decision in desk.decisions:
        assert ComplaintRouted.model_validate(decision.model_dump()) == decision
    for item in desk.items:
        assert QueueItem.model_validate(item.model_dump()) == item


def test_an_unknown_language_asks_for_no_speaker_and_a_customers_stands_in() -> None:
    unknown = Desk().take(received(category="fraud", severity="high"))
    assert unknown.decisions[0].skills == {"fraud": 3}
    customers = Desk().take(received(category="fraud", severity="high", customer={"id": "c", "language": "pt"}))
    assert customers.decisions[0].skills == {"fraud": 3, "language": "pt"}
    assert customers.decisions[0].language == "pt"


def test_a_duplicate_produces_nothing() -> None:
    desk = Desk().take(received(), assigned(1))
    decisions, items, body = list(desk.decisions), list(desk.items), desk.body
    desk.take(received(), assigned(1))
    assert (desk.decisions, desk.items, desk.body) == (decisions, items, body)
    assert desk.remarks[-2:] == ["duplicate", "duplicate"]


def test_the_same_events_give_the_same_ids_whenever_they_are_accepted() -> None:
    one, other = Desk().take(received(), assigned(1)), Desk()
    later = Moment(*[microseconds(ACCEPTED + timedelta(days=9))] * 2)
    for event in (received(), assigned(1)):
        other.note(routing.route(event, other.body, other.ruleset, later))
    assert [d.event_id for d in one.decisions] == [d.event_id for d in other.decisions]
    assert [i.event_id for i in one.items] == [i.event_id for i in other.items]


def test_another_ruleset_gives_its_decisions_other_ids() -> None:
    changed = ruleset(version="2")
    assert Desk().take(received()).decisions[0].event_id != Desk(changed).take(received()).decisions[0].event_id


def test_an_assigned_complaint_stays_in_its_queue_with_its_agent() -> None:
    desk = Desk().take(received(), assigned(1, "ann"))
    item = desk.queues["billing"]
    assert (item.state, item.agent_id, item.entered_at, item.occurred_at) == ("assigned", "ann", at(0), at(1))
    assert len(desk.decisions) == 1


def test_of_two_claims_the_first_in_time_wins_and_the_later_is_named() -> None:
    in_order = Desk().take(received(), assigned(1, "ann"), assigned(2, "bob"))
    assert in_order.remarks[-1] == "already_assigned"
    assert in_order.queues["billing"].agent_id == "ann"
    late = Desk().take(received(), assigned(2, "bob"), assigned(1, "ann"))
    assert late.queues["billing"].agent_id == "ann"


def test_a_reclassified_complaint_moves_and_waits_there_for_a_new_agent() -> None:
    desk = Desk().take(received(), assigned(1), reclassified(5, category="fraud"))
    assert desk.where == ["fraud"]
    item = desk.queues["fraud"]
    assert (item.state, item.agent_id, item.entered_at, item.category) == ("waiting", None, at(5), "fraud")
    assert [(d.trigger, d.queue, d.hop) for d in desk.decisions] == [
        ("received", "billing", 0),
        ("reclassified", "fraud", 1),
    ]


def test_a_field_that_a_reclassification_leaves_out_stands_as_it_was() -> None:
    desk = Desk().take(received(category="fraud"), reclassified(1, severity="high"), reclassified(2, product="card"))
    assert [(d.rule, d.category, d.severity) for d in desk.decisions] == [
        ("fraud", "fraud", None),
        ("fraud-now", "fraud", "high"),
        ("fraud-now", "fraud", "high"),
    ]


def test_routed_again_to_its_queue_it_keeps_place_and_agent() -> None:
    desk = Desk().take(received(category="fraud"), assigned(1), escalated(2), reclassified(3, severity="critical"))
    assert [(d.trigger, d.queue, d.hop) for d in desk.decisions] == [
        ("received", "fraud", 0),
        ("escalated", "fraud", 0),
        ("reclassified", "fraud", 0),
    ]
    item = desk.queues["fraud"]
    assert (item.agent_id, item.entered_at, item.priority) == ("ann", at(0), 90)
    assert len(desk.items) == 3, "an escalation that changes nothing in the queue publishes no item"


def test_what_is_resolved_closed_or_withdrawn_leaves_its_queue() -> None:
    for end in (resolved(2), closed(2), withdrawn(2)):
        desk = Desk().take(received(), end)
        assert desk.where == []
        assert len(desk.decisions) == 1


def test_a_reopened_complaint_enters_its_queue_again_and_waits() -> None:
    for end in (resolved(2), closed(2), withdrawn(2)):
        desk = Desk().take(received(), assigned(1), end, reopened(9))
        assert [(d.trigger, d.queue, d.hop) for d in desk.decisions] == [
            ("received", "billing", 0),
            ("reopened", "billing", 0),
        ]
        item = desk.queues["billing"]
        assert (item.state, item.entered_at) == ("waiting", at(9))


def test_what_is_corrected_while_resolved_counts_when_it_is_reopened() -> None:
    desk = Desk().take(received(), resolved(1), reclassified(2, category="fraud"), reopened(3))
    assert desk.remarks[2] == "not_open"
    assert [d.queue for d in desk.decisions] == ["billing", "fraud"]
    assert desk.decisions[-1].hop == 1


def test_events_that_find_nothing_to_change_say_so() -> None:
    desk = Desk().take(
        received(), reopened(1), resolved(2), resolved(3), escalated(4), assigned(5), closed(6), withdrawn(7)
    )
    assert desk.remarks == [
        "received",
        "already_open",
        "resolved",
        "not_open",
        "not_open",
        "not_open",
        "closed",
        "not_open",
    ]


def test_a_complaint_received_twice_under_two_ids_is_routed_once() -> None:
    desk = Desk().take(received(), received(4, category="fraud"))
    assert desk.remarks == ["received", "already_received"]
    assert desk.where == ["billing"]
    assert len(desk.decisions) == 1


def test_past_the_hop_limit_it_stays_in_triage() -> None:
    moves = [reclassified(n, category=("fraud", "billing")[n % 2]) for n in range(2, 9)]
    desk = Desk().take(received(), *moves)
    assert [(d.queue, d.hop, d.reason) for d in desk.decisions[1:]] == [
        ("fraud", 1, "rule_matched"),
        ("billing", 2, "rule_matched"),
        ("fraud", 3, "rule_matched"),
        ("triage", 4, "ping_pong"),
        ("triage", 4, "ping_pong"),
        ("triage", 4, "ping_pong"),
        ("triage", 4, "ping_pong"),
    ]
    assert desk.where == ["triage"]
    assert desk.queues["triage"].priority == 50


def test_events_before_the_reception_wait_for_it() -> None:
    desk = Desk().take(assigned(1), reclassified(2, category="fraud"))
    assert desk.remarks == ["held", "held"]
    assert (desk.decisions, desk.items) == ([], [])
    assert desk.due == microseconds(ACCEPTED + timedelta(days=7))
    desk.take(received())
    assert [(d.trigger, d.queue) for d in desk.decisions] == [("received", "billing"), ("reclassified", "fraud")]
    assert desk.where == ["fraud"]
    assert desk.due == 0


def test_a_late_correction_is_decided_in_its_place_and_what_follows_again() -> None:
    late = Desk().take(received(), reclassified(9, severity="high"), reclassified(5, category="fraud"))
    said = [(d.trigger, d.occurred_at, d.rule, d.hop) for d in late.decisions]
    assert said == [
        ("received", at(0), "billing", 0),
        ("reclassified", at(9), "billing", 0),
        ("reclassified", at(5), "fraud", 1),
        ("reclassified", at(9), "fraud-now", 1),
    ]
    assert late.queues["fraud"].entered_at == at(5)


def test_a_decision_that_comes_back_after_corrections_gets_an_id_of_its_own() -> None:
    desk = Desk().take(
        received(severity="low"), escalated(9), reclassified(5, severity="high"), reclassified(6, severity="low")
    )
    escalations = [d for d in desk.decisions if d.trigger == "escalated"]
    assert [d.severity for d in escalations] == ["low", "high", "low"]
    assert desk.decided_twice == []


def test_a_late_event_that_changes_no_decision_repeats_none() -> None:
    desk = Desk().take(received(), escalated(9), assigned(5))
    assert len(desk.decisions) == 2
    assert desk.queues["billing"].agent_id == "ann"


def test_of_two_claims_at_one_instant_the_sources_own_order_decides() -> None:
    for first, second in (("ann", "bob"), ("bob", "ann")):
        desk = Desk().take(received(), assigned(1, second, source_sequence=2), assigned(1, first, source_sequence=-1))
        assert desk.queues["billing"].agent_id == first
        desk.take(assigned(1, "cyd"))
        assert desk.queues["billing"].agent_id == "cyd", "an event without a sequence comes first"


def test_past_decisions_stand_when_the_ruleset_changes() -> None:
    desk = Desk().take(received())
    desk.ruleset = ruleset(version="2", rules=[])
    desk.take(assigned(1))
    assert desk.where == ["billing"]
    assert len(desk.decisions) == 1
    desk.take(escalated(2))
    assert (desk.decisions[-1].ruleset_version, desk.decisions[-1].queue, desk.decisions[-1].hop) == ("2", "general", 1)


def test_rows_of_open_complaints_stay_and_others_are_kept_from_when_they_were_read_last() -> None:
    desk = Desk().take(received())
    assert desk.due == 0
    assert desk.take(resolved(1)).due == microseconds(ACCEPTED + timedelta(days=365))
    assert desk.take(closed(2)).due == microseconds(ACCEPTED + timedelta(days=30))
    assert desk.take(reopened(3)).due == 0
    assert desk.take(withdrawn(4)).due == microseconds(ACCEPTED + timedelta(days=30))
    assert desk.wait(ACCEPTED + timedelta(days=29)).body is not None
    assert desk.wait(ACCEPTED + timedelta(days=30)).body is None


def test_a_complaint_with_too_many_events_goes_to_triage_once_and_can_still_be_ended(monkeypatch) -> None:
    monkeypatch.setattr(event_limit, "MAX_EVENTS", 5)
    desk = Desk().take(received(), *(escalated(n) for n in range(1, 5)))
    assert desk.where == ["billing"]
    desk.take(assigned(5))
    assert desk.remarks[-1] == "too_many_events"
    desk.take(escalated(6), escalated(7), replied(8))
    assert [(d.queue, d.reason) for d in desk.decisions[5:]] == [("triage", "too_many_events")]
    assert desk.remarks[-3:] == ["too_many_events"] * 3
    assert desk.where == ["triage"]
    desk.take(resolved(9))
    assert desk.where == []


def test_events_beyond_the_limit_end_in_the_same_queue_in_any_order(monkeypatch) -> None:
    monkeypatch.setattr(event_limit, "MAX_EVENTS", 4)
    happened = [received(), assigned(1), escalated(2), replied(3), replied(4), resolved(5), reopened(6)]
    in_order = Desk().take(*happened)
    for order in permutations(happened[1:]):
        assert Desk().take(happened[0], *order).queues == in_order.queues
    assert [(item.queue, item.state) for item in in_order.queues.values()] == [("triage", "waiting")]


def test_a_reception_is_never_too_much_for_the_events_that_wait_for_it(monkeypatch) -> None:
    monkeypatch.setattr(event_limit, "MAX_EVENTS", 3)
    desk = Desk().take(assigned(1), assigned(2, "bob"), escalated(3), escalated(4), received())
    assert desk.remarks == ["held", "held", "held", "too_many_events", "received"]
    assert list(desk.queues) == ["triage"]


def test_an_event_of_before_the_reception_by_its_own_clock_counts_as_of_the_reception() -> None:
    desk = Desk().take(received(4), assigned(0), resolved(1))
    assert (desk.remarks, desk.where) == (["received", "assigned", "resolved"], [])
    assert [item.occurred_at for item in desk.items] == [at(4), at(4)]


def test_a_colleague_takes_over_from_the_one_who_holds_the_complaint_and_from_nobody_else() -> None:
    desk = Desk().take(received(), assigned(1, "ann"), assigned(2, "bob", replaces="ann"))
    assert desk.queues["billing"].agent_id == "bob"
    desk.take(assigned(3, "cid", replaces="ann"), assigned(4, "dee"))
    assert desk.remarks == ["received", "assigned", "handed_over", "replaces_another", "already_assigned"]
    assert desk.queues["billing"].agent_id == "bob"
    assert Desk().take(received(), assigned(1, "bob", replaces="ann")).queues["billing"].agent_id == "bob"


def test_a_released_complaint_waits_again_where_it_stood_without_a_new_decision() -> None:
    desk = Desk().take(received(), assigned(1, "ann"), released(5, agent_id="ann"))
    item = desk.queues["billing"]
    assert (item.state, item.agent_id, item.entered_at, item.waiting_since) == ("waiting", None, at(0), at(5))
    assert len(desk.decisions) == 1
    assert desk.take(assigned(6, "bob")).queues["billing"].agent_id == "bob"
    assert desk.take(released(7, agent_id="ann")).remarks[-1] == "releases_another"
    assert desk.take(released(8)).queues["billing"].waiting_since == at(8)


def test_of_one_second_a_release_comes_before_the_next_claim() -> None:
    desk = Desk().take(received(), assigned(1, "ann"), assigned(5, "bob"), released(5))
    assert desk.queues["billing"].agent_id == "bob"


def test_a_reopening_of_a_complaint_that_nobody_knows_is_held_and_then_goes_to_triage() -> None:
    desk = Desk().take(reopened(1), assigned(2))
    assert (desk.remarks, desk.queues) == (["reopened", "assigned"], {})
    assert desk.wait(ACCEPTED + timedelta(days=6)).queues == {}
    item = desk.wait(ACCEPTED + timedelta(days=7)).queues["triage"]
    assert (item.channel, item.category, item.entered_at, item.agent_id) == (None, None, at(1), "ann")
    (decision,) = desk.decisions
    assert (decision.reason, decision.trigger, decision.revision) == ("unknown_complaint", "reopened", 0)
    assert desk.due == 0
    assert desk.take(resolved(9)).queues == {}


def test_a_customer_who_writes_about_a_complaint_that_nobody_knows_is_not_lost_either() -> None:
    desk = Desk().take(written_again(1)).wait(ACCEPTED + timedelta(days=7))
    assert [(d.trigger, d.reason) for d in desk.decisions] == [("received", "unknown_complaint")]
    assert desk.where == ["triage"]


def test_a_reception_that_comes_after_triage_corrects_it_under_a_higher_revision() -> None:
    desk = Desk().take(reopened(1)).wait(ACCEPTED + timedelta(days=7)).take(resolved(0.5), received())
    assert [(d.queue, d.revision) for d in desk.decisions if d.trigger == "reopened"][-1] == ("billing", 1)
    assert desk.where == ["billing"]


def test_what_happens_too_long_after_the_end_of_a_complaint_is_forgotten_at_any_speed() -> None:
    late = reopened(40 * 24 * 60)
    slow = Desk().take(received(), closed(1)).wait(ACCEPTED + timedelta(days=39))
    assert slow.body is None
    slow.take(late).wait(ACCEPTED + timedelta(days=60))
    fast = Desk().take(received(), closed(1), late)
    assert fast.queues == {}
    fast.wait(ACCEPTED + timedelta(days=60))
    assert fast.queues == slow.queues
    assert [(item.queue, item.channel) for item in fast.queues.values()] == [("triage", None)]
    assert [d.event_id for d in fast.decisions] == [d.event_id for d in slow.decisions]


def test_what_asks_for_no_work_is_only_counted_when_it_is_forgotten() -> None:
    desk = Desk().take(received(), closed(1), assigned(40 * 24 * 60))
    assert desk.remarks[-1] == "forgotten"
    assert desk.wait(ACCEPTED + timedelta(days=90)).queues == {}
