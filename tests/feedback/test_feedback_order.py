"""The same events in any order, any number of times, end in the same requests, sums and summaries."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.domain.complaint import Complaint
from services.feedback.domain.complaint_stage import add_event, decide_due_surveys
from services.feedback.domain.rows import (
    decode_complaint_row,
    decode_window_row,
    encode_complaint_row,
    encode_window_row,
)
from services.feedback.domain.window import Window, WindowKey
from services.feedback.domain.window_summaries import add_counts, summarise
from tests.feedback.stories import (
    COMPLAINT,
    KEYS,
    RULES,
    answered,
    assigned,
    at,
    closed,
    received,
    reclassified,
    reopened,
    resolved,
    routed,
    withdrawn,
)

minutes = st.integers(0, 130)
names = st.sampled_from("abcd")
opening = st.sampled_from(["received", "reopened a", "reopened b", "reopened c"])

happenings = st.one_of(
    st.builds(received, minutes, st.sampled_from(["web", "chat"])),
    st.builds(
        lambda when, queue, name, hop, trigger: routed(when, queue, f"routed {name}", "received", trigger, hop),
        minutes,
        st.sampled_from(["billing", "fraud"]),
        names,
        st.integers(0, 3),
        st.sampled_from(["received", "reopened", "step"]),
    ),
    st.builds(lambda when, name: assigned(when, name, f"assigned {name}"), minutes, names),
    st.builds(lambda when, name: reclassified(when, name, f"reclassified {name}"), minutes, names),
    st.builds(lambda when, name: resolved(when, f"resolved {name}"), minutes, names),
    st.builds(lambda when, name: reopened(when, f"reopened {name}"), minutes, names),
    st.builds(closed, minutes),
    st.builds(withdrawn, minutes),
    st.builds(
        lambda when, score, name, cycle: answered(when, score, f"answered {name}", cycle),
        minutes,
        st.one_of(st.none(), st.integers(1, 5)),
        names,
        opening,
    ),
)
answered_complaints = st.tuples(
    st.builds(received, minutes),
    st.builds(resolved, minutes),
    st.builds(answered, minutes, st.integers(1, 5)),
)
stories = st.builds(
    lambda core, more: [*core, *more],
    st.one_of(st.just(()), answered_complaints),
    st.lists(happenings, min_size=1, max_size=10),
)


def told(events):
    """Requests made once all time has passed, and the last summary of each window; rows are written and read back."""
    body = encode_complaint_row(Complaint(COMPLAINT))
    windows, standing = {}, {}
    for event in events:
        complaint = decode_complaint_row(COMPLAINT, body)
        update = add_event(complaint, event, at(0), at(0), RULES)
        body = encode_complaint_row(complaint)
        for change in update.changes:
            key = WindowKey.of(change).text
            window = add_counts(windows.get(key), change, at(0), RULES.lateness).window
            summarised = summarise(decode_window_row(encode_window_row(window)), at(0))
            windows[key] = summarised.window
            if summarised.reason == "emptied":
                standing.pop(key)
            if summarised.summary is not None:
                standing[key] = summarised.summary.model_dump_json(exclude={"revision"})
    complaint = decode_complaint_row(COMPLAINT, body)
    asked = decide_due_surveys(complaint, at(200), at(200), RULES, KEYS).decisions
    return asked, standing, complaint.counted


@settings(max_examples=500, deadline=None)
@given(stories.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))), st.data())
def test_any_order_and_any_duplication_end_alike(orders, data):
    events, shuffled = orders
    repeated = data.draw(st.lists(st.sampled_from(shuffled), max_size=6))
    places = data.draw(st.permutations([*shuffled, *repeated]))
    assert told(places) == told(events)


@settings(max_examples=300, deadline=None)
@given(stories)
def test_what_is_counted_is_what_the_last_answer_of_each_resolved_cycle_says(events):
    _, standing, counted = told(events)
    whole = Counter()
    for cell, score in counted:
        if cell.dimension == "all":
            whole[cell.end - cell.start, score] += 1
    cycles = {event.cycle for event in events if event.type == "survey_answered" and event.score is not None}
    for width in RULES.widths:
        assert sum(count for (span, _), count in whole.items() if span == width.span) <= len(cycles)
    assert all('"n":0' not in summary for summary in standing.values())


@settings(max_examples=300, deadline=None)
@given(stories.flatmap(lambda events: st.tuples(st.just(events), st.integers(0, len(events)))))
def test_surveys_are_asked_once_a_cycle_however_time_and_events_interleave(story):
    events, cut = story
    body, requests = encode_complaint_row(Complaint(COMPLAINT)), []
    for batch in (events[:cut], events[cut:]):
        for event in batch:
            complaint = decode_complaint_row(COMPLAINT, body)
            add_event(complaint, event, at(0), at(0), RULES)
            body = encode_complaint_row(complaint)
        complaint = decode_complaint_row(COMPLAINT, body)
        surveys = decide_due_surveys(complaint, at(200), at(200), RULES, KEYS)
        requests += [asked.request.cycle for asked in surveys.decisions if asked.request]
        body = encode_complaint_row(complaint)
    assert len(requests) == len(set(requests))


def test_an_emptied_window_leaves_no_summary():
    moved = routed(3, "fraud", "again", trigger="breach", hop=1)
    story = received(), routed(0, "billing"), resolved(5), answered(20, 5)
    _, standing, _ = told([*story, moved])
    assert {key.split("|")[1] for key in standing} == {"fraud", "all"}
    assert standing == told([moved, *story])[1]


def test_a_tally_begins_empty():
    assert summarise(Window(WindowKey("csat", "all", "all", at(0), at(60))), at(0)).reason == "unchanged"
