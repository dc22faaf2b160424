"""The codec: events come back as they went in, and anything else is a DecodeError that quotes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import topics
from schemas.codec import DecodeError, encode
from schemas.derived import DeadLetter
from schemas.events import ComplaintReceived, Link

RECEIVED: dict[str, Any] = {
    "type": "complaint_received",
    "event_id": "0190d5a2-7b1c-5000-8000-000000000001",
    "complaint_id": "0190d5a2-7b1c-5000-8000-000000000002",
    "occurred_at": "2026-11-20T09:30:00+08:00",
    "recorded_at": "2026-11-20T01:30:01.25Z",
    "channel": "web",
    "customer": {"id": "c-1"},
    "amount": {"value": "12.50", "currency": "EUR"},
    "attachments": [{"name": "photo.jpg", "media_type": "image/jpeg", "size": 1}],
    "personal": {"subject": "包裹丢了", "body": "I want my money back", "attributes": {"order": "17"}},
}
DEAD = DeadLetter(
    event_id="0190d5a2-7b1c-5000-8000-000000000001",
    occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
    recorded_at=datetime(2026, 11, 20, tzinfo=UTC),
    value=b'{"name": "\xff\xfe"',
    topic="complaint-events",
    partition=3,
    offset=17,
    group="redress-router",
    reason="malformed_json",
    detail="Invalid JSON",
)


def received(**changes: object) -> bytes:
    return json.dumps(RECEIVED | changes, ensure_ascii=False).encode()


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in RECEIVED.items() if field != name}


def refusal(value: bytes | None, topic: topics.Topic[Any] = topics.COMPLAINT_EVENTS) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        topic.codec.decode(value)
    return caught.value


def test_an_event_comes_back_as_it_went_in() -> None:
    event = topics.COMPLAINT_EVENTS.codec.decode(received())
    assert isinstance(event, ComplaintReceived)
    assert event.personal.subject == "包裹丢了"
    assert event.occurred_at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert topics.COMPLAINT_EVENTS.codec.decode(encode(event)) == event


def test_a_complaint_without_a_personal_part_has_an_empty_one() -> None:
    event = topics.COMPLAINT_EVENTS.codec.decode(json.dumps(without("personal")).encode())
    assert json.loads(encode(event))["personal"] == {
        "subject": "",
        "body": "",
        "name": None,
        "contact": None,
        "representative": None,
        "attributes": {},
    }


LINKED = {
    "event_id": RECEIVED["event_id"],
    "type": "complaint_linked",
    "occurred_at": "2026-11-20T09:30:00+08:00",
    "recorded_at": "2026-11-20T01:30:01.250000Z",
    "complaint_id": RECEIVED["complaint_id"],
    "source_sequence": None,
    "other": RECEIVED["event_id"],
    "as": "split_from",
    "agent_id": None,
}


@pytest.mark.parametrize("event_type", ["complaint_linked", "complaint_unlinked"])
def test_a_link_keeps_its_bytes_although_its_relation_is_called_by_a_word_of_python(event_type: str) -> None:
    value = json.dumps(LINKED | {"type": event_type}, separators=(",", ":")).encode()
    event = topics.COMPLAINT_EVENTS.codec.decode(value)
    assert isinstance(event, Link)
    assert event.relation == "split_from"
    assert encode(event) == value


def test_a_link_is_read_under_its_published_name_only() -> None:
    renamed = {"relation" if name == "as" else name: value for name, value in LINKED.items()}
    assert refusal(json.dumps(renamed).encode()).detail.startswith("/as: ")
    assert refusal(json.dumps(LINKED | {"as": "twin"}).encode()).detail.startswith("/as: ")


def test_a_consumer_ignores_fields_it_does_not_know() -> None:
    event = topics.COMPLAINT_EVENTS.codec.decode(received(mood="bad", customer={"id": "c-1", "mood": "bad"}))
    assert b"mood" not in encode(event)


def test_a_dead_letter_carries_any_bytes_as_base64() -> None:
    assert json.loads(encode(DEAD))["value"] == "eyJuYW1lIjogIv/+Ig=="
    assert topics.COMPLAINT_EVENTS.dead_letters.codec.decode(encode(DEAD)) == DEAD


@pytest.mark.parametrize("value", ["ÿ", "eyJ", "eyJ_", "eyJ u", 1])
def test_a_dead_letter_whose_value_is_no_base64_is_refused(value: object) -> None:
    broken = json.dumps(json.loads(encode(DEAD)) | {"value": value}).encode()
    assert refusal(broken, topics.COMPLAINT_EVENTS.dead_letters).detail.startswith("/value: ")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", '"1"', "true"])
def test_a_number_is_finite(value: str) -> None:
    clock = b"""{"clock": "resolution", "cycle": "0190d5a2-7b1c-5000-8000-000000000001", "policy": "default",
        "policy_version": "1", "calendar_version": "1", "state": "running", "worked_seconds": %b}"""
    changed = json.dumps(
        {key: RECEIVED[key] for key in ("event_id", "complaint_id", "occurred_at", "recorded_at")}
        | {"type": "sla_clocks_changed", "cause_event_id": RECEIVED["event_id"], "clocks": ["@"]}
    ).encode()
    error = refusal(changed.replace(b'"@"', clock % value.encode()), topics.SLA_CLOCKS)
    assert error.detail.startswith("/clocks/0/worked_seconds: ")


@pytest.mark.parametrize(
    ("value", "reason", "pointer"),
    [
        pytest.param(None, "tombstone", "", id="a tombstone"),
        pytest.param(b"", "malformed_json", "", id="nothing"),
        pytest.param(b"{", "malformed_json", "", id="a cut object"),
        pytest.param(received() + b"x", "malformed_json", "", id="something behind the object"),
        pytest.param(b"\xff\xfe\x00", "malformed_json", "", id="bytes that are no text"),
        pytest.param(received(channel="@").replace(b"@", b"\xff"), "malformed_json", "", id="invalid UTF-8 within"),
        pytest.param(received(channel="@").replace(b"@", b"\\ud800"), "malformed_json", "", id="half a surrogate"),
        pytest.param(received(channel="@").replace(b"@", b"\x00"), "malformed_json", "", id="a raw NUL"),
        pytest.param(received(channel="a\x00"), "invalid_event", "/channel", id="an escaped NUL"),
        pytest.param(b"[" * 100_000, "malformed_json", "", id="deep nesting, cut"),
        pytest.param(
            received(x="@").replace(b'"@"', b"[" * 100_000 + b"]" * 100_000),
            "malformed_json",
            "",
            id="deep nesting",
        ),
        pytest.param(
            received(source_sequence="@").replace(b'"@"', b"9" * 5_000),
            "malformed_json",
            "",
            id="a number without end",
        ),
        pytest.param(received(source_sequence=2**53), "invalid_event", "/source_sequence", id="a number too large"),
        pytest.param(received(source_sequence="5"), "invalid_event", "/source_sequence", id="text for a number"),
        pytest.param(received(source_sequence=True), "invalid_event", "/source_sequence", id="true for a number"),
        pytest.param(b"null", "invalid_event", "", id="null"),
        pytest.param(b"[]", "invalid_event", "", id="an array"),
        pytest.param(b'"complaint_received"', "invalid_event", "", id="text"),
        pytest.param(b"{}", "unknown_type", "/type", id="no type"),
        pytest.param(received(type="sla_breached"), "unknown_type", "/type", id="a type of another topic"),
        pytest.param(received(type=None), "unknown_type", "/type", id="null for a type"),
        pytest.param(received(type=["complaint_received"]), "unknown_type", "/type", id="an array for a type"),
        pytest.param(received(event_id="1"), "invalid_event", "/event_id", id="an id that is no UUID"),
        pytest.param(received(event_id=RECEIVED["event_id"].upper()), "invalid_event", "/event_id", id="upper case"),
        pytest.param(received(event_id=RECEIVED["event_id"] + "\n"), "invalid_event", "/event_id", id="a line break"),
        pytest.param(received(customer=None), "invalid_event", "/customer", id="null for an object"),
        pytest.param(received(customer={}), "invalid_event", "/customer/id", id="a field missing within"),
        pytest.param(received(severity="urgent"), "invalid_event", "/severity", id="outside a closed set"),
        pytest.param(received(channel="w" * 201), "invalid_event", "/channel", id="too long"),
        pytest.param(received(tags=["a", ""]), "invalid_event", "/tags/1", id="an empty name in a list"),
        pytest.param(
            received(attachments=[*RECEIVED["attachments"], {"name": "x", "media_type": "x", "size": -1}]),
            "invalid_event",
            "/attachments/1/size",
            id="deep in a list",
        ),
        pytest.param(received(occurred_at="2026-11-20T09:30:00"), "invalid_event", "/occurred_at", id="a naive time"),
        pytest.param(received(occurred_at="2026-11-20"), "invalid_event", "/occurred_at", id="a day for an instant"),
        pytest.param(received(occurred_at=0), "invalid_event", "/occurred_at", id="a number for a time"),
        pytest.param(received(occurred_at=1.5e9), "invalid_event", "/occurred_at", id="a fraction for a time"),
        pytest.param(received(occurred_at="1700000000"), "invalid_event", "/occurred_at", id="a number as text"),
        pytest.param(received(occurred_at="1969-12-31T23:59:59Z"), "invalid_event", "/occurred_at", id="before 1970"),
        pytest.param(
            received(occurred_at="9999-12-31T23:59:59-12:00"),
            "invalid_event",
            "/occurred_at",
            id="the end of time",
        ),
        pytest.param(
            received(occurred_at="0001-01-01T00:00:00+14:00"),
            "invalid_event",
            "/occurred_at",
            id="the start of time",
        ),
    ],
)
def test_what_is_no_event_is_refused_by_name_and_place(value: bytes | None, reason: str, pointer: str) -> None:
    error = refusal(value)
    assert error.reason == reason
    assert error.detail.startswith(f"{pointer}: ") if pointer else not error.detail.startswith("/")


@pytest.mark.parametrize("personal", [{"body": "a\0b"}, {"attributes": {"order": "\0"}}, {"subject": "x" * 100_001}])
def test_text_holds_no_nul_and_is_bounded(personal: dict[str, Any]) -> None:
    error = refusal(received(personal=personal))
    assert error.reason == "invalid_event"
    assert error.detail.startswith(f"/personal/{next(iter(personal))}")


def test_a_boolean_is_a_boolean() -> None:
    acknowledged = {key: RECEIVED[key] for key in ("event_id", "complaint_id", "occurred_at", "recorded_at")}
    for word in ("yes", "true", 1):
        value = json.dumps(acknowledged | {"type": "complaint_acknowledged", "automatic": word}).encode()
        assert refusal(value).detail.startswith("/automatic: ")


@pytest.mark.parametrize(
    "value",
    [
        received(type="张伟"),
        received(channel="张伟\x00"),
        received(severity="张伟"),
        received(event_id="张伟"),
        received(occurred_at="张伟"),
        received(source_sequence="张伟"),
        received(personal={"attributes": {"张伟": 1}}),
        received(personal={"attributes": {"张伟\x00": "1"}}),
        received(personal={"attributes": {"张伟" * 101: "1"}}),
        received(amount={"value": "张伟", "currency": "EUR"}),
        received(personal={"body": ["张伟"]}),
        received(personal="张伟"),
        received()[:-1] + "张伟".encode(),
    ],
)
def test_a_refusal_never_quotes_what_it_refuses(value: bytes) -> None:
    error = refusal(value)
    assert "张伟" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_the_keys_of_a_map_are_not_named_but_the_map_is() -> None:
    for attributes in ({"any key": 1}, {"customer": {"id": 1}}):
        error = refusal(received(personal={"attributes": attributes}))
        assert error.detail.startswith("/personal/attributes")
        assert "any key" not in error.detail


def decodes_or_is_refused(topic: topics.Topic[Any], value: bytes) -> None:
    try:
        event = topic.codec.decode(value)
    except DecodeError:
        return
    assert isinstance(event, BaseModel)
    assert topic.codec.decode(encode(event)) == event


every_topic = st.sampled_from((*topics.ALL, topics.queue_topic("general"), topics.COMPLAINT_EVENTS.dead_letters))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(timezones=st.just(UTC)).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(every_topic, st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_decode_error(topic: topics.Topic[Any], value: bytes) -> None:
    decodes_or_is_refused(topic, value)


@given(st.integers(0, len(received()) - 1), st.binary(max_size=4), st.integers(0, 8))
def test_a_damaged_event_is_an_event_or_a_decode_error(at: int, inserted: bytes, removed: int) -> None:
    value = received()
    decodes_or_is_refused(topics.COMPLAINT_EVENTS, value[:at] + inserted + value[at + removed :])


@given(st.dictionaries(st.sampled_from([*RECEIVED, "tags", "severity", "source_sequence", "x"]), json_values))
@example({"occurred_at": "2100-01-01T00:00:00.123456789+23:59"})
@example({"personal": {"attributes": {"attributes": None}}})
def test_any_json_in_any_field_is_an_event_or_a_decode_error(changes: dict[str, object]) -> None:
    decodes_or_is_refused(topics.COMPLAINT_EVENTS, json.dumps(RECEIVED | changes).encode())
