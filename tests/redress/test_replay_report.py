"""The report of a replay: decisions and alerts in, counts beside the log's own verdict out."""

from __future__ import annotations

from datetime import UTC, datetime

from redress.replay.report import ReplayReport
from schemas.derived import ComplaintRouted, SlaAlertWithdrawn, SlaBreached, SlaWarning
from schemas.events import ClockAdvanced
from schemas.ids import derived_id

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
ONE, OTHER, STRANGER = derived_id("one"), derived_id("other"), derived_id("stranger")


def common(*what: str, complaint: str = ONE) -> dict[str, object]:
    return {
        "event_id": derived_id(complaint, *what),
        "cause_event_id": derived_id("cause"),
        "complaint_id": complaint,
        "occurred_at": NOON,
        "recorded_at": NOON,
    }


def routed(complaint: str = ONE, queue: str = "general", trigger: str = "received") -> ComplaintRouted:
    return ComplaintRouted(
        **common("routed", trigger, queue, complaint=complaint),
        queue=queue, priority=10, rule="r", reason="rule_matched", ruleset_version="1", ruleset_hash="h", hop=0,
        trigger=trigger, queue_without_breach=queue, priority_without_breach=10,
    )  # fmt: skip


def alert(kind: type, revision: int = 1, clock: str = "resolution", complaint: str = ONE) -> SlaBreached | SlaWarning:
    threshold = 100 if kind is SlaBreached else 80
    return kind(
        **common("alert", clock, str(threshold), str(revision), complaint=complaint),
        alert_id=derived_id(complaint, clock, str(threshold)),
        revision=revision, clock=clock, cycle=derived_id("cycle"), threshold=threshold, level="high", policy="p",
        policy_version="1", calendar_version="1", owner="o", runbook="r", started_at=NOON, due_at=NOON,
        worked_seconds=0.0, paused_seconds=0.0, closed_seconds=0.0, pauses=0, retroactive=False, lag_seconds=0.0,
    )  # fmt: skip


def withdrawn(revision: int, clock: str = "resolution", threshold: int = 100) -> SlaAlertWithdrawn:
    return SlaAlertWithdrawn(
        **common("withdrawn", clock, str(revision)),
        alert_id=derived_id(ONE, clock, str(threshold)), revision=revision, reason="late_event",
    )  # fmt: skip


def report(*events: object, verdicts: dict[str, str] | None = None) -> dict[str, object]:
    found = ReplayReport(verdicts or {ONE: "kept", OTHER: "missed"}, {ONE, OTHER})
    for event in events:
        found.add(event)
    return found.as_json()


def test_complaints_are_counted_by_their_first_decision_and_decisions_by_trigger():
    found = report(routed(), routed(queue="fraud", trigger="reclassified"), routed(OTHER, queue="billing"))
    assert (found["routed"], found["routed_more_than_once"]) == (2, 0)
    assert found["queues"] == {"billing": 1, "general": 1}
    assert found["decisions"] == {"received": 2, "reclassified": 1}


def test_the_same_decision_read_twice_is_one_but_two_decisions_for_one_receipt_show():
    assert report(routed(), routed())["routed_more_than_once"] == 0
    assert report(routed(), routed(queue="fraud"))["routed_more_than_once"] == 1


def test_breaches_stand_beside_the_logs_own_verdict():
    found = report(
        alert(SlaBreached), alert(SlaWarning), alert(SlaBreached, complaint=OTHER),
        alert(SlaBreached, clock="first_response", complaint=OTHER),
    )  # fmt: skip
    assert found["breaches"] == {"first_response": 1, "resolution": 2}
    assert found["warnings"] == {"resolution": 1}
    assert found["complaints_breached_by_own_verdict"] == {
        "first_response": {"missed": 1},
        "resolution": {"kept": 1, "missed": 1},
    }


def test_a_withdrawn_alert_does_not_stand_whatever_is_read_first():
    assert report(alert(SlaBreached), withdrawn(2))["breaches"] == {}
    assert report(withdrawn(2), alert(SlaBreached))["breaches"] == {}
    assert report(alert(SlaBreached), withdrawn(2), alert(SlaBreached, revision=3))["breaches"] == {"resolution": 1}


def test_complaints_of_another_history_and_clocks_are_passed_over():
    clock = ClockAdvanced(event_id=derived_id("clock"), occurred_at=NOON, recorded_at=NOON, to=NOON)
    found = report(routed(STRANGER), alert(SlaBreached, complaint=STRANGER), clock)
    assert (found["routed"], found["breaches"]) == (0, {})


def test_what_stands_has_one_digest_however_it_came_to_stand():
    corrected = report(alert(SlaBreached), alert(SlaBreached, revision=2))
    assert corrected["standing_alert_ids_sha1"] == report(alert(SlaBreached))["standing_alert_ids_sha1"]
    assert corrected["standing_alert_ids_sha1"] != report(alert(SlaWarning))["standing_alert_ids_sha1"]
