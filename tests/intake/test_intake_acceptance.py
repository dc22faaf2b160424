"""What becomes of a body that is well formed: an event, or a refusal with its reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from schemas import events
from schemas.codec import encode
from schemas.derived import SurveyAnswered
from schemas.survey_token import SurveyClaims, SurveyKeys, sign
from schemas.topics import COMPLAINT_EVENTS
from services.intake.domain.arrivals import SKEW, Arrival, Sender
from services.intake.domain.bulk_lines import accept_bulk_line
from services.intake.domain.complaints import accept_complaint
from services.intake.domain.lifecycle import accept_event
from services.intake.domain.refusals import Fault, RequestRefused
from services.intake.domain.request_models import BULK_LINE, COMPLAINT, LIFECYCLE_EVENT, SURVEY_ANSWER, parse_body
from services.intake.domain.survey_answers import Surveys, accept_survey_answer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUED = NOW - timedelta(days=2)
SENDER = Sender("local", frozenset({"web", "email"}), lambda: "00000000-0000-7000-8000-000000000001")
COMPLAINT_ID = "0e4b1c0a-5a0f-5b7e-9c11-2f6d3f0a7b11"
KEYS = SurveyKeys.first(b"k" * 32)

FULL = {
    "channel": "web",
    "external_ref": "A-1",
    "customer": {"id": "c-1", "tier": "gold", "language": "en", "name": "Ann Example", "contact": "ann@example.org"},
    "product": "card",
    "category": "billing",
    "severity": "high",
    "subject": "Charged twice",
    "body": "Please refund.",
    "language": "en",
    "region": "London",
    "amount": {"value": "12.50", "currency": "GBP"},
    "remedy_sought": "refund",
    "about": {"kind": "branch", "id": "b-7"},
    "representative": {"name": "Bob Example", "contact": "+44 20 7946 0018"},
    "occurred_at": "2026-11-22T19:00:00+08:00",
    "tags": ["refund"],
    "attributes": {"note": "order 17"},
    "attachments": [{"name": "bill.pdf", "media_type": "application/pdf", "size": 3, "url": "https://files/1"}],
    "source_sequence": 4,
}


def arrival(key=None):
    return Arrival(SENDER, key, NOW)


def complain(body, key=None):
    return accept_complaint(parse_body(COMPLAINT, json.dumps(body).encode()), arrival(key))


def tell(body, key=None):
    given = parse_body(LIFECYCLE_EVENT, json.dumps(body).encode())
    return accept_event(given, COMPLAINT_ID, arrival(key))


def send_line(body):
    return accept_bulk_line(parse_body(BULK_LINE, json.dumps(body).encode()), SENDER, NOW)


def answer(body, metric="csat", expires_at=NOW + timedelta(days=1), issued_at=ISSUED, *, stream_time=False):
    claims = SurveyClaims(
        complaint_id=COMPLAINT_ID, cycle=COMPLAINT_ID, metric=metric, issued_at=issued_at, expires_at=expires_at
    )
    given = parse_body(SURVEY_ANSWER, json.dumps(body).encode())
    return accept_survey_answer(given, sign(claims, KEYS), Surveys(KEYS, stream_time), arrival())


def test_every_field_of_a_complaint_reaches_the_event():
    event = json.loads(encode(complain(FULL).event))
    customer = dict(FULL["customer"])
    personal = {name: customer.pop(name) for name in ("name", "contact")}
    personal |= {name: FULL[name] for name in ("subject", "body", "representative", "attributes")}
    expected = {name: value for name, value in FULL.items() if name not in (*personal, "occurred_at")}
    assert event == expected | {
        "event_id": event["event_id"],
        "complaint_id": event["complaint_id"],
        "type": "complaint_received",
        "occurred_at": "2026-11-22T11:00:00Z",
        "recorded_at": "2026-11-22T12:00:00Z",
        "customer": customer,
        "personal": personal,
    }


def test_what_can_name_a_person_stands_in_personal_only():
    event = json.loads(encode(complain(FULL).event))
    del event["personal"]
    for secret in ("Ann", "ann@example.org", "Charged twice", "Please refund.", "Bob", "7946", "order 17"):
        assert secret not in json.dumps(event)


def test_an_event_that_says_no_time_happened_when_it_was_accepted():
    smallest = {"channel": "web", "customer": {"id": "c"}, "subject": "", "body": ""}
    assert complain(smallest).event.occurred_at == NOW


def test_a_sender_s_clock_may_be_five_minutes_ahead_and_no_more():
    latest = NOW + timedelta(minutes=5)
    assert complain(FULL | {"occurred_at": latest.isoformat()}).event.occurred_at == latest
    with pytest.raises(RequestRefused) as refused:
        complain(FULL | {"occurred_at": (latest + timedelta(seconds=1)).isoformat()})
    assert refused.value.reason == "in_the_future"
    assert [fault.where for fault in refused.value.faults] == ["/occurred_at"]


def test_a_channel_that_is_not_configured_is_refused_by_name():
    with pytest.raises(RequestRefused) as refused:
        complain(FULL | {"channel": "fax"})
    assert refused.value.reason == "unknown_channel"
    assert refused.value.faults == (Fault("/channel", "there is no such channel; there are email, web"),)


EVENTS = {
    "complaint_acknowledged": {"automatic": True},
    "agent_released": {"agent_id": "a", "personal": {"reason": "ill"}},
    "agent_assigned": {"agent_id": "a", "queue": "fraud", "replaces": "b"},
    "agent_replied": {
        "agent_id": "a",
        "automatic": False,
        "kind": "holding",
        "handled_seconds": 90,
        "personal": {"body": "Soon."},
    },
    "reply_delivered": {"reply": COMPLAINT_ID, "status": "failed", "code": "5.1.1"},
    "customer_replied": {"channel": "email", "automatic": True, "personal": {"body": "And now?"}},
    "complaint_paused": {
        "reason": "customer",
        "until": "2026-12-01T00:00:00Z",
        "agent_id": "a",
        "personal": {"note": "waits"},
    },
    "complaint_resumed": {"agent_id": "a"},
    "complaint_classified": {
        "by": "m",
        "version": "1",
        "category": "fraud",
        "severity": "high",
        "flags": ["repeat"],
        "confidence": 0.5,
    },
    "complaint_reclassified": {"category": "fraud", "severity": "high", "product": "card", "agent_id": "a"},
    "complaint_escalated": {"level": "2", "agent_id": "a", "personal": {"reason": "r"}},
    "deadline_extended": {
        "clock": "resolution",
        "until": "2026-12-01T00:00:00Z",
        "by": None,
        "personal": {"reason": "r"},
    },
    "promise_made": {"what": "callback", "until": "2026-12-01T00:00:00Z", "agent_id": "a"},
    "cause_found": {"cause": "price-list", "agent_id": "a"},
    "complaint_linked": {"other": COMPLAINT_ID, "as": "part_of", "agent_id": "a"},
    "complaint_unlinked": {"other": COMPLAINT_ID, "as": "duplicate", "agent_id": "a"},
    "complaint_referred": {"to": "court", "reference": "C-1", "due": "2026-12-01T00:00:00Z"},
    "external_decision": {"to": "court", "reference": "C-1", "outcome": "rejected"},
    "suggestion_accepted": {"suggestion_id": "s"},
    "complaint_resolved": {
        "outcome": "upheld",
        "redress": [
            {"kind": "refund", "amount": {"value": "12.50", "currency": "GBP"}},
            {"kind": "apology", "amount": None},
        ],
        "agent_id": "a",
        "handled_seconds": 0,
    },
    "complaint_reopened": {"by": "customer", "personal": {"reason": "again"}},
    "complaint_closed": {"agent_id": "a"},
    "complaint_withdrawn": {"personal": {"reason": "r"}},
}


def test_everything_that_can_happen_to_a_complaint_can_be_told():
    kinds = {event.model_fields["type"].default for event in get_args(get_args(events.Lifecycle)[0])}
    assert set(EVENTS) == kinds - {"complaint_received", "customer_erased", "clock_advanced"}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_keeps_every_field_and_is_read_back_from_the_topic(kind):
    accepted = tell({"type": kind, "source_sequence": 3, **EVENTS[kind]}, key="K-1")
    assert encode(COMPLAINT_EVENTS.codec.decode(encode(accepted.event))) == encode(accepted.event)
    told = json.loads(encode(accepted.event))
    assert EVENTS[kind].items() <= told.items()
    assert (told["type"], told["complaint_id"], told["source_sequence"]) == (kind, COMPLAINT_ID, 3)


@pytest.mark.parametrize("extension", [{}, {"until": "2026-12-01T00:00:00Z", "by": "5bd"}])
def test_a_deadline_is_extended_until_an_instant_or_by_a_duration(extension):
    with pytest.raises(RequestRefused) as refused:
        tell({"type": "deadline_extended", "clock": "resolution", "personal": {"reason": "r"}, **extension})
    assert refused.value.faults == (Fault("/until", "give either until or by"),)


def test_an_extension_by_what_is_no_target_is_refused():
    with pytest.raises(RequestRefused) as refused:
        tell({"type": "deadline_extended", "clock": "resolution", "personal": {"reason": "r"}, "by": "two weeks"})
    assert [fault.where for fault in refused.value.faults] == ["/by"]


@pytest.mark.parametrize(
    ("event", "where", "place"),
    [
        ({"type": "complaint_escalated", "level": "2", "reason": "r"}, "/reason", "/personal/reason"),
        ({"type": "complaint_withdrawn", "reason": "r"}, "/reason", "/personal/reason"),
        ({"type": "complaint_paused", "reason": "customer", "note": "n"}, "/note", "/personal/note"),
        ({"type": "customer_replied", "body": "b"}, "/body", "/personal/body"),
    ],
)
def test_free_text_outside_of_personal_is_refused_with_the_place_where_it_belongs(event, where, place):
    with pytest.raises(RequestRefused) as refused:
        tell(event)
    assert Fault(where, f"write it inside personal: {place}") in refused.value.faults
    with pytest.raises(RequestRefused) as refused:
        send_line({"event": event, "complaint_id": COMPLAINT_ID})
    assert Fault(f"/event{where}", f"write it inside personal: /event{place}") in refused.value.faults


@pytest.mark.parametrize("event_type", ["complaint_escalated", "deadline_extended"])
def test_what_needs_a_reason_is_refused_without_one(event_type):
    fields = {name: value for name, value in EVENTS[event_type].items() if name != "personal"}
    for given, where in (({}, "/personal"), ({"personal": {}}, "/personal/reason")):
        with pytest.raises(RequestRefused) as refused:
            tell({"type": event_type, **fields, **given})
        assert refused.value.faults == (Fault(where, "this field is required"),)


@pytest.mark.parametrize(
    ("event", "where"),
    [
        ({"type": "complaint_linked", "other": COMPLAINT_ID}, "/as"),
        ({"type": "complaint_linked", "other": COMPLAINT_ID, "as": "twin"}, "/as"),
        ({"type": "complaint_linked", "other": COMPLAINT_ID, "as": "part_of", "relation": "part_of"}, "/relation"),
        ({"type": "agent_replied", "handled_seconds": -1}, "/handled_seconds"),
        ({"type": "agent_replied", "handled_seconds": "90"}, "/handled_seconds"),
        ({"type": "complaint_classified", "by": "m", "version": "1", "confidence": 1.01}, "/confidence"),
        (
            {"type": "complaint_resolved", "outcome": "upheld", "redress": [{"kind": "refund", "to": 1}]},
            "/redress/0/to",
        ),
        (
            {
                "type": "complaint_resolved",
                "outcome": "upheld",
                "redress": [{"kind": "refund", "amount": {"value": "1", "currency": "EUR", "x": 1}}],
            },
            "/redress/0/amount/x",
        ),
        ({"type": "agent_released", "personal": {"reason": 5}}, "/personal/reason"),
        ({"type": "agent_released", "personal": {"why": "r"}}, "/personal/why"),
    ],
)
def test_a_wrong_field_of_an_event_is_named_by_its_pointer(event, where):
    with pytest.raises(RequestRefused) as refused:
        tell(event)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_a_reply_through_an_unknown_channel_is_refused():
    with pytest.raises(RequestRefused, match="unknown_channel"):
        tell({"type": "customer_replied", "channel": "fax"})


@pytest.mark.parametrize(
    ("metric", "taken", "refused"),
    [("csat", [1, 5, None], [0, 6]), ("nps", [0, 10, None], [-1, 11]), ("ces", [1, 7, None], [0, 8])],
)
def test_each_metric_takes_its_own_scores_and_none(metric, taken, refused):
    for score in taken:
        assert answer({"score": score}, metric).event.score == score
    for score in refused:
        with pytest.raises(RequestRefused) as refusal:
            answer({"score": score}, metric)
        assert [fault.where for fault in refusal.value.faults] == ["/score"]


def test_an_answer_is_kept_under_the_complaint_that_its_survey_vouches_for():
    accepted = answer({"score": 5, "comment": "Thanks, Ann"})
    event = accepted.event
    assert isinstance(event, SurveyAnswered)
    assert (accepted.subject, event.complaint_id, event.cycle) == (COMPLAINT_ID,) * 3
    assert (event.metric, event.personal.comment) == ("csat", "Thanks, Ann")


def test_a_survey_expires():
    with pytest.raises(RequestRefused, match="survey_expired"):
        answer({"score": 5}, expires_at=NOW)


@pytest.mark.parametrize("stream_time", [False, True])
@pytest.mark.parametrize(
    ("occurred_at", "refused"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), True),
        (ISSUED - SKEW - timedelta(microseconds=1), True),
        (ISSUED - SKEW, False),
        (ISSUED, False),
        (NOW, False),
    ],
)
def test_a_survey_is_not_answered_before_it_was_asked_for(occurred_at, refused, stream_time):
    given = {"score": 5, "occurred_at": occurred_at.isoformat()}
    if refused:
        with pytest.raises(RequestRefused, match="invalid") as refusal:
            answer(given, stream_time=stream_time)
        assert [fault.where for fault in refusal.value.faults] == ["/occurred_at"]
    else:
        assert answer(given, stream_time=stream_time).event.occurred_at == occurred_at


def test_in_stream_time_a_survey_expires_by_the_answer_s_own_instant():
    earlier, later = "2016-03-01T00:00:00Z", "2016-03-03T00:00:00Z"
    asked = {"issued_at": datetime(2016, 2, 29, tzinfo=UTC), "expires_at": datetime(2016, 3, 2, tzinfo=UTC)}
    assert answer({"score": 5, "occurred_at": earlier}, **asked, stream_time=True)
    with pytest.raises(RequestRefused, match="survey_expired"):
        answer({"score": 5, "occurred_at": later}, **asked, stream_time=True)


def test_a_made_up_survey_does_not_exist():
    given = parse_body(SURVEY_ANSWER, b'{"score": 5}')
    with pytest.raises(RequestRefused, match="unknown_survey"):
        accept_survey_answer(given, "nonsense", Surveys(KEYS, stream_time=False), arrival())


ASSIGNED = {"type": "agent_assigned", "agent_id": "a"}


def test_a_line_with_a_reference_is_about_the_complaint_of_that_reference():
    received = send_line({"complaint": FULL})
    told = send_line({"event": ASSIGNED, "channel": "web", "external_ref": "A-1", "idempotency_key": "K"})
    assert told.subject == received.subject
    assert (told.channel, told.duplicate_safe) == ("web", True)


def test_a_line_with_an_id_is_about_that_complaint():
    assert send_line({"event": ASSIGNED, "complaint_id": COMPLAINT_ID}).subject == COMPLAINT_ID


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ({}, ""),
        ({"complaint": FULL, "event": ASSIGNED}, ""),
        ({"complaint": FULL, "channel": "web"}, ""),
        ({"complaint": FULL, "complaint_id": COMPLAINT_ID}, ""),
        ({"event": ASSIGNED}, ""),
        ({"event": ASSIGNED, "channel": "web"}, ""),
        ({"event": ASSIGNED, "complaint_id": COMPLAINT_ID, "channel": "web", "external_ref": "A-1"}, ""),
        ({"event": ASSIGNED, "channel": "fax", "external_ref": "A-1"}, "/channel"),
        ({"complaint": FULL | {"channel": "fax"}}, "/complaint/channel"),
        ({"event": {"type": "customer_replied", "channel": "fax"}, "complaint_id": COMPLAINT_ID}, "/event/channel"),
        ({"event": {"type": "agent_assigned"}, "complaint_id": COMPLAINT_ID}, "/event/agent_id"),
    ],
)
def test_a_line_is_refused_at_the_place_where_it_is_wrong(line, where):
    with pytest.raises(RequestRefused) as refused:
        send_line(line)
    assert [fault.where for fault in refused.value.faults] == [where]
