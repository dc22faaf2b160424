"""The router's worker in memory: bytes in, bytes out, time moved by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas import events
from schemas.events import ClockAdvanced
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, COMPLAINTS_ROUTED, queue_topic
from services.router.app import build
from services.router.settings import Settings
from services.runtime.testing import TopologyTestDriver
from tests.router.complaints import (
    COMPLAINT,
    NOON,
    assigned,
    at,
    closed,
    event,
    received,
    reclassified,
    reopened,
    resolved,
)

BILLING, FRAUD = queue_topic("billing"), queue_topic("fraud")


def router(**settings: Any) -> TopologyTestDriver:
    return TopologyTestDriver(build(Settings(**settings)), time=settings.get("time", "wall"))


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"redress_router_{metric}_total", labels) or 0.0


def test_a_complaint_is_routed_into_its_queue_under_its_own_key() -> None:
    flow = router()
    before = counted("decisions", queue="billing", reason="rule_matched")
    flow.send(COMPLAINT_EVENTS, received())
    flow.settle()
    [decision] = flow.events(COMPLAINTS_ROUTED)
    assert (decision.complaint_id, decision.queue) == (COMPLAINT, "billing")
    assert list(flow.latest(BILLING)) == [COMPLAINT]
    assert {record.key for record in flow.records(COMPLAINTS_ROUTED)} == {COMPLAINT.encode()}
    assert counted("decisions", queue="billing", reason="rule_matched") == before + 1


def test_a_queue_read_from_the_start_is_the_queue() -> None:
    flow = router()
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, assigned(1, "ann"))
    flow.settle()
    assert flow.latest(BILLING)[COMPLAINT].agent_id == "ann"
    flow.send(COMPLAINT_EVENTS, reclassified(2, category="fraud"))
    flow.settle()
    assert (flow.latest(BILLING), list(flow.latest(FRAUD))) == ({}, [COMPLAINT])
    flow.send(COMPLAINT_EVENTS, resolved(3))
    flow.settle()
    assert flow.latest(FRAUD) == {}
    flow.send(COMPLAINT_EVENTS, reopened(4))
    flow.settle()
    assert list(flow.latest(FRAUD)) == [COMPLAINT]


def test_what_changes_no_queue_is_kept_and_published_nowhere() -> None:
    flow = router()
    flow.send(COMPLAINT_EVENTS, event(events.AgentReplied, 1))
    flow.send(COMPLAINT_EVENTS, event(events.ComplaintPaused, 2, reason="customer"))
    flow.settle()
    assert flow.records(COMPLAINTS_ROUTED) == []
    assert COMPLAINT.encode() in flow.rows("router", "complaints")


def test_a_worker_goes_on_from_its_rows_after_a_restart() -> None:
    flow = router()
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, assigned(1))
    flow.settle()
    flow.restart("router")
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, reclassified(2, category="fraud"))
    flow.settle()
    assert [(d.queue, d.hop) for d in flow.events(COMPLAINTS_ROUTED)] == [("billing", 0), ("fraud", 1)]
    assert flow.latest(BILLING) == {}


def test_what_led_to_nothing_is_counted_by_name() -> None:
    flow = router()
    happened = {
        "held": assigned(1, "ann"),
        "received": received(),
        "duplicate": received(),
        "already_received": received(2),
        "already_assigned": assigned(3, "bob"),
        "already_open": reopened(4),
        "resolved": resolved(5),
        "not_open": assigned(6, "cyd"),
    }
    before = {name: counted("unrouted_events", reason=name) for name in happened}
    for one in happened.values():
        flow.send(COMPLAINT_EVENTS, one)
    flow.settle()
    led_to_nothing = {name for name in happened if counted("unrouted_events", reason=name) == before[name] + 1}
    assert led_to_nothing == {*happened} - {"received", "resolved"}


def test_a_closed_complaint_is_forgotten_after_a_month() -> None:
    flow = router()
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, closed(1))
    flow.advance(timedelta(days=29))
    assert COMPLAINT.encode() in flow.rows("router", "complaints")
    flow.advance(timedelta(days=2))
    assert COMPLAINT.encode() not in flow.rows("router", "complaints")


def test_an_open_complaint_is_never_forgotten() -> None:
    flow = router()
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, closed(1))
    flow.send(COMPLAINT_EVENTS, reopened(2))
    flow.advance(timedelta(days=800))
    assert COMPLAINT.encode() in flow.rows("router", "complaints")
    assert list(flow.latest(BILLING)) == [COMPLAINT]


def test_events_whose_complaint_never_comes_expire_and_are_counted() -> None:
    flow = router()
    before = counted("unrouted_events", reason="expired")
    flow.send(COMPLAINT_EVENTS, assigned(1))
    flow.send(COMPLAINT_EVENTS, resolved(2))
    flow.advance(timedelta(days=31))
    assert counted("unrouted_events", reason="expired") == before + 1
    assert COMPLAINT.encode() not in flow.rows("router", "complaints")


def test_complaints_in_a_queue_that_is_no_longer_declared_can_leave_it(tmp_path: Path) -> None:
    rules = "version: 1\ndefault: {queue: general, priority: 1}\nrules:\n"
    billing = "- {name: billing, when: {category: [billing]}, then: {queue: billing, priority: 1}}\n"
    (tmp_path / "rules.yaml").write_text(rules + billing)
    (tmp_path / "queues.yaml").write_text("version: 1\nqueues: [{name: general}, {name: billing}, {name: triage}]\n")
    flow = router(config=tmp_path)
    flow.send(COMPLAINT_EVENTS, received())
    flow.settle()
    (tmp_path / "rules.yaml").write_text(rules.replace("rules:\n", ""))
    (tmp_path / "queues.yaml").write_text("version: 2\nqueues: [{name: general}, {name: triage}]\n")
    flow.stop("router")
    flow._start(build(Settings(config=tmp_path)))
    flow.send(COMPLAINT_EVENTS, assigned(1, "ann"))
    flow.settle()
    assert flow.latest(BILLING)[COMPLAINT].agent_id == "ann"
    flow.send(COMPLAINT_EVENTS, reclassified(2, category="billing"))
    flow.settle()
    assert flow.latest(BILLING) == {}
    assert list(flow.latest(queue_topic("general"))) == [COMPLAINT]


def tick(minute: float, partition: int) -> ClockAdvanced:
    said = derived_id("test", "tick", str(minute), str(partition))
    return ClockAdvanced(event_id=said, occurred_at=at(minute), recorded_at=NOON, to=at(minute))


def test_in_stream_time_the_router_passes_time_on_to_the_same_partition() -> None:
    flow = router(time="stream")
    for partition in range(flow.partitions):
        flow.send(COMPLAINT_EVENTS, tick(60, partition), partition=partition)
    flow.send(COMPLAINT_EVENTS, received(61))
    flow.send(COMPLAINT_EVENTS, tick(120, 0), partition=0)
    flow.settle()
    passed = {
        partition: [
            COMPLAINTS_ROUTED.codec.decode(record.value).to
            for record in flow.logs[COMPLAINTS_ROUTED.name, partition]
            if record.key is None
        ]
        for partition in range(flow.partitions)
    }
    assert passed == {0: [at(60), at(120)], 1: [at(60)]}


def test_the_same_stream_gives_the_same_clock_ids() -> None:
    def ids() -> list[str]:
        flow = router(time="stream")
        flow.send(COMPLAINT_EVENTS, tick(60, 0), partition=0)
        flow.send(COMPLAINT_EVENTS, tick(60, 1), partition=1)
        flow.settle()
        return [moved.event_id for moved in flow.events(COMPLAINTS_ROUTED)]

    assert ids() == ids()
    assert len(set(ids())) == 2


def test_time_is_passed_on_after_the_work_due_up_to_it() -> None:
    flow = router(time="stream")
    flow.send(COMPLAINT_EVENTS, received())
    flow.send(COMPLAINT_EVENTS, closed(1))
    partition = flow.home(COMPLAINT)
    flow.send(COMPLAINT_EVENTS, tick(0, partition), partition=partition)
    flow.send(COMPLAINT_EVENTS, tick(60 * 24 * 40, partition), partition=partition)
    flow.settle()
    assert COMPLAINT.encode() not in flow.rows("router", "complaints")
    assert [e.type for e in flow.events(COMPLAINTS_ROUTED)][-1] == "clock_advanced"


def test_in_wall_time_no_time_is_passed_on() -> None:
    flow = router()
    flow.advance(timedelta(hours=1))
    assert flow.records(COMPLAINTS_ROUTED) == []


def test_the_router_publishes_its_decisions_and_every_declared_queue() -> None:
    names = {topic.name for topic in build(Settings()).publishes}
    assert {"complaints-routed", "queue-general", "queue-triage"} <= names


@pytest.mark.parametrize("variable", ["REDRESS_ROUTER_ADMIN"])
def test_the_admin_address_is_the_routers_own(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "127.0.0.1:9101")
    monkeypatch.setenv("REDRESS_ADMIN", "127.0.0.1:1")
    assert Settings().admin == "127.0.0.1:9101"
