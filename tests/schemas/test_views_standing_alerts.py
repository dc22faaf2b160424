"""The view of sla-alerts: its records in, the alerts that stand and the stops of their clocks out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import derived_id
from schemas.views.standing_alerts import StandingAlerts
from tests.schemas.view_records import add_all, alert, alert_id, in_one_go, readings, stop, withdrawal

ONE, TWO = derived_id("one"), derived_id("two")


def view(*events) -> StandingAlerts:
    return add_all(StandingAlerts(), [(event.complaint_id, event) for event in events])


def thresholds(standing: StandingAlerts) -> list[int]:
    return sorted(one.threshold for one in standing.alerts.values())


def stopped(standing: StandingAlerts) -> list[int]:
    return sorted(standing.alerts[one].threshold for one in standing.stopped)


def test_the_last_revision_of_an_alert_stands():
    again = alert(100, 2)
    assert dict(view(alert(100), again).alerts) == {again.alert_id: again}


def test_a_withdrawn_alert_does_not_stand_until_a_later_revision_does():
    assert thresholds(view(alert(80), alert(100), withdrawal(100, 2))) == [80]
    assert thresholds(view(alert(100), withdrawal(100, 2), alert(100, 3))) == [100]


def test_an_older_revision_that_is_read_again_changes_nothing():
    assert thresholds(view(alert(100), withdrawal(100, 2), alert(100))) == []
    assert next(iter(view(alert(100), alert(100, 2), alert(100)).alerts.values())).revision == 2


def test_a_stop_leaves_the_breach_standing_and_says_how_its_clock_stopped():
    standing = view(alert(80), alert(100), stop(80, 100, reason="complaint_resolved"))
    assert thresholds(standing) == stopped(standing) == [80, 100]
    assert standing.stopped[alert_id("one", "resolution", 100)].reason == "complaint_resolved"


def test_a_stop_concerns_no_other_clock_and_no_other_complaint():
    others = alert(100, complaint="two"), alert(100, clock="first_response")
    standing = view(*others, alert(80), stop(80))
    assert (len(standing.alerts), stopped(standing)) == (3, [80])


def test_a_clock_that_goes_on_after_its_stop_is_not_stopped_until_its_next_stop():
    reopened = alert(50), stop(50), alert(80)
    assert stopped(view(*reopened)) == []
    assert stopped(view(*reopened, stop(50, 80))) == [50, 80]


def test_the_correction_of_an_alert_leaves_its_clock_stopped():
    assert stopped(view(alert(100), stop(100), alert(100, 2))) == [100]


def test_a_withdrawn_alert_is_in_no_stopped_clock():
    assert stopped(view(alert(80), alert(100), stop(80, 100), withdrawal(100, 2))) == [80]


def test_a_record_without_a_value_changes_nothing():
    standing = view(alert(100))
    standing.add(ONE, None)
    assert thresholds(standing) == [100]


@st.composite
def stories(draw: st.DrawFn, complaint: str):
    """What may be published about one complaint: revisions that count up, withdrawals, stops and going on."""
    log, revisions, there = [], dict.fromkeys((50, 80, 100), 0), set()
    for threshold, action in draw(
        st.lists(st.tuples(st.sampled_from((50, 80, 100)), st.sampled_from(("publish", "withdraw", "stop"))))
    ):
        if action == "stop" and there:
            log.append(stop(*sorted(there), complaint=complaint, reason=f"stop {len(log)}"))
        elif action == "publish" or (action == "withdraw" and threshold in there):
            revisions[threshold] += 1
            make = alert if action == "publish" else withdrawal
            log.append(make(threshold, revisions[threshold], complaint=complaint))
            (there.add if action == "publish" else there.discard)(threshold)
    return [(derived_id(complaint), event) for event in log]


@given(st.tuples(stories("one"), stories("two")).flatmap(lambda logs: st.tuples(st.just(logs), readings(logs))))
def test_neither_the_order_between_partitions_nor_reading_again_changes_what_stands(case):
    logs, reading = case
    once, read = (add_all(StandingAlerts(), list(records)) for records in (in_one_go(logs), reading))
    assert dict(read.alerts) == dict(once.alerts)
    assert read.stopped == once.stopped
