"""CloudEvents at the door: three content modes, one meaning, and every refusal with its place."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from schemas.topics import COMPLAINT_EVENTS
from services.intake.domain.arrivals import Arrival, Sender
from services.intake.domain.cloud_event_modes import BATCH, JSON, STRUCTURED, accept_cloud_events
from services.intake.domain.refusals import RequestRefused
from tests.intake.conftest import CHANNELS, COMPLAINT_ID

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COMPLAINT = {"channel": "web", "customer": {"id": "c-1"}, "subject": "Card", "body": "It was charged twice."}
ATTRIBUTES = {"specversion": "1.0", "id": "7", "source": "https://shop.example/orders", "type": "complaint_received"}
CLOSED = ATTRIBUTES | {"type": "complaint_closed", "subject": COMPLAINT_ID}


def arrive(key: str | None = None) -> Arrival:
    return Arrival(Sender("local", CHANNELS, lambda: "fresh"), (key,) if key else None, NOW)


def take(media_type, body, key=None, **headers):
    """What is accepted; ``body`` is JSON to be, or bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return accept_cloud_events(media_type, named, content, arrive(key))


def binary(attributes, data, **more):
    return take(JSON, data, **{f"ce_{name}": value for name, value in attributes.items()}, **more)


def structured(attributes, **more):
    return take(STRUCTURED, attributes | more)


def refusal_of(call, *arguments, **more):
    with pytest.raises(RequestRefused) as caught:
        call(*arguments, **more)
    return caught.value.reason, [(fault.place, fault.where) for fault in caught.value.faults]


def test_an_event_is_the_same_in_every_mode() -> None:
    encoded = b64encode(json.dumps(COMPLAINT).encode()).decode()
    kept = [
        *binary(ATTRIBUTES, COMPLAINT),
        *structured(ATTRIBUTES, data=COMPLAINT),
        *structured(ATTRIBUTES, data_base64=encoded),
        *take(BATCH, [ATTRIBUTES | {"data": COMPLAINT}]),
    ]
    assert len(kept) == 4
    assert all(one == kept[0] for one in kept)
    assert (kept[0].event.type, kept[0].event.personal.subject, kept[0].channel) == (
        "complaint_received", "Card", "web",
    )  # fmt: skip
    assert kept[0].duplicate_safe


def test_source_and_id_together_name_an_event() -> None:
    first, again, other_id, other_source = (
        structured(ATTRIBUTES | changed, data=COMPLAINT)[0]
        for changed in ({}, {}, {"id": "8"}, {"source": "https://shop.example/returns"})
    )
    assert first == again
    assert len({one.event.event_id for one in (first, other_id, other_source)}) == 3
    assert len({one.subject for one in (first, other_id, other_source)}) == 3


def test_a_source_and_an_id_are_not_mixed_up() -> None:
    one, other = (
        structured(ATTRIBUTES | {"source": source, "id": number}, data=COMPLAINT)[0]
        for source, number in (("/shop/", "7"), ("/shop", "/7"))
    )
    assert one.event.event_id != other.event.event_id


def test_a_reference_keeps_the_complaint_and_an_idempotency_key_goes_before_source_and_id() -> None:
    by_reference = [
        structured(ATTRIBUTES | {"id": number}, data=COMPLAINT | {"external_ref": "A-1"})[0] for number in "78"
    ]
    assert by_reference[0].subject == by_reference[1].subject
    assert by_reference[0].event.event_id != by_reference[1].event.event_id
    with_key = [take(STRUCTURED, ATTRIBUTES | {"id": number, "data": COMPLAINT}, key="K")[0] for number in "78"]
    assert with_key[0] == with_key[1]


def test_a_key_counts_with_the_number_of_an_event_in_its_batch() -> None:
    first, second = take(BATCH, [ATTRIBUTES | {"data": COMPLAINT}] * 2, key="K")
    assert first.event.event_id != second.event.event_id
    assert take(BATCH, [ATTRIBUTES | {"data": COMPLAINT}], key="K")[0] == first


@pytest.mark.parametrize(
    "address",
    [{"subject": COMPLAINT_ID}, {"subject": COMPLAINT_ID.upper()}, {"channel": "web", "externalref": "Zürich/7"}],
)
def test_an_event_names_its_complaint_by_id_or_by_channel_and_reference(address) -> None:
    attributes = ATTRIBUTES | {"type": "customer_replied"} | address
    (kept,) = structured(attributes, data={"personal": {"body": "And now?"}})
    reference = structured(ATTRIBUTES, data=COMPLAINT | {"external_ref": "Zürich/7"})[0].subject
    assert kept.subject == (COMPLAINT_ID if "subject" in address else reference)
    assert kept.event.personal.body == "And now?"


def test_an_event_without_fields_of_its_own_needs_no_data() -> None:
    assert structured(CLOSED)[0].event == binary(CLOSED, b"")[0].event


def test_time_is_when_it_occurred_unless_the_data_says_so() -> None:
    timed = ATTRIBUTES | {"time": "2026-11-24T10:00:00+08:00"}
    assert structured(timed, data=COMPLAINT)[0].event.occurred_at == datetime(2026, 11, 24, 2, tzinfo=UTC)
    own = COMPLAINT | {"occurred_at": "2026-11-23T00:00:00Z"}
    assert structured(timed, data=own)[0].event.occurred_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert structured(ATTRIBUTES, data=COMPLAINT)[0].event.occurred_at == NOW


def test_headers_are_decoded_and_what_redress_does_not_know_is_let_pass() -> None:
    plain = structured(CLOSED | {"subject": None, "channel": "web", "externalref": 'a "ü" %'})
    without = {name: value for name, value in CLOSED.items() if name != "subject"}
    (quoted,) = binary(
        without | {"channel": "web", "externalref": r'"a%20\"%C3%BC\" %25"'},
        {"type": "complaint_closed"},
        ce_partitionkey="x",
        traceparent="whatever",
    )
    assert quoted == plain[0]
    assert structured(CLOSED, partitionkey=7, dataschema="https://shop.example/schema", datacontenttype=JSON)


REFUSED = {
    "not json": (STRUCTURED, b"{", "malformed_json", [("pointer", "")]),
    "a name twice": (STRUCTURED, json.dumps(CLOSED)[:-1].encode() + b', "id": "8"}', "invalid", [("pointer", "/id")]),
    "another version": (STRUCTURED, CLOSED | {"specversion": "0.3"}, "invalid", [("pointer", "/specversion")]),
    "no id": (STRUCTURED, CLOSED | {"id": ""}, "invalid", [("pointer", "/id")]),
    "no text": (STRUCTURED, CLOSED | {"source": 7}, "invalid", [("pointer", "/source")]),
    "a wrong time": (STRUCTURED, CLOSED | {"time": "now"}, "invalid", [("pointer", "/time")]),
    "the future": (STRUCTURED, CLOSED | {"time": "2030-01-01T00:00:00Z"}, "in_the_future", [("pointer", "/time")]),
    "an unknown type": (STRUCTURED, CLOSED | {"type": "order_shipped"}, "invalid", [("pointer", "/type")]),
    "a type that only replays write": (STRUCTURED, CLOSED | {"type": "clock_advanced"}, "invalid", [("pointer", "/type")]),  # noqa: E501
    "another type in the data": (STRUCTURED, CLOSED | {"data": {"type": "complaint_resumed"}}, "invalid", [("pointer", "/data/type")]),  # noqa: E501
    "no object": (STRUCTURED, CLOSED | {"data": [1]}, "invalid", [("pointer", "/data")]),
    "a field too many": (STRUCTURED, CLOSED | {"data": {"why": "x"}}, "invalid", [("pointer", "/data/why")]),
    "no complaint": (STRUCTURED, ATTRIBUTES | {"type": "complaint_closed"}, "invalid", [("pointer", "/subject")]),
    "half a reference": (STRUCTURED, ATTRIBUTES | {"type": "complaint_closed", "channel": "web"}, "invalid", [("pointer", "/subject")]),  # noqa: E501
    "two complaints": (STRUCTURED, CLOSED | {"channel": "web", "externalref": "A"}, "invalid", [("pointer", "/subject")]),  # noqa: E501
    "no id of a complaint": (STRUCTURED, CLOSED | {"subject": "A-1"}, "invalid", [("pointer", "/subject")]),
    "another's channel": (STRUCTURED, ATTRIBUTES | {"type": "complaint_closed", "channel": "fax", "externalref": "A"}, "unknown_channel", [("pointer", "/channel")]),  # noqa: E501
    "an unknown channel": (STRUCTURED, ATTRIBUTES | {"data": COMPLAINT | {"channel": "fax"}}, "unknown_channel", [("pointer", "/data/channel")]),  # noqa: E501
    "data twice": (STRUCTURED, CLOSED | {"data": {}, "data_base64": "e30="}, "invalid", [("pointer", "/data_base64")]),
    "no base64": (STRUCTURED, CLOSED | {"data_base64": "e30"}, "invalid", [("pointer", "/data_base64")]),
    "no json in base64": (STRUCTURED, CLOSED | {"data_base64": "eA=="}, "malformed_json", [("pointer", "/data_base64")]),  # noqa: E501
    "a wrong field in base64": (STRUCTURED, CLOSED | {"data_base64": b64encode(b'{"why": 1}').decode()}, "invalid", [("pointer", "/data_base64/why")]),  # noqa: E501
    "no list": (BATCH, {}, "invalid", [("pointer", "")]),
    "one of a batch": (BATCH, [CLOSED, CLOSED | {"data": {"why": "x"}}], "invalid", [("pointer", "/1/data/why")]),
    "one envelope of a batch": (BATCH, [CLOSED, CLOSED | {"id": ""}], "invalid", [("pointer", "/1/id")]),
    "no attributes": (JSON, COMPLAINT, "invalid", [("header", "ce-" + at) for at in ("specversion", "id", "source", "type")]),  # noqa: E501
    "deep": (STRUCTURED, b"[" * 100_000, "malformed_json", [("pointer", "")]),
    "a number without end": (STRUCTURED, json.dumps(CLOSED)[:-1].encode() + b', "data": {"n": ' + b"9" * 100_000 + b"}}", "malformed_json", [("pointer", "")]),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_named_where_it_stands(name) -> None:
    media_type, body, reason, places = REFUSED[name]
    assert refusal_of(take, media_type, body) == (reason, places)


@pytest.mark.parametrize(
    ("headers", "where"),
    [
        ({"ce-time": "yesterday"}, "ce-time"),
        ({"ce-time": "2030-01-01T00:00:00Z"}, "ce-time"),
        ({"ce-type": "order_shipped"}, "ce-type"),
        ({"ce-subject": "A-1"}, "ce-subject"),
        ({"ce-source": "%FF"}, "ce-source"),
        ({"CE-ID": "8"}, "ce-id"),
    ],
)
def test_in_binary_mode_the_header_is_named(headers, where) -> None:
    every = [
        *((f"ce-{name}", value) for name, value in CLOSED.items() if f"ce-{name}" not in headers),
        *headers.items(),
    ]
    assert refusal_of(accept_cloud_events, JSON, every, b"{}", arrive())[1] == [("header", where)]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANY_EVENT = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([CLOSED.get(name, "web"), "complaint_received", "", "1.0", COMPLAINT_ID]) | ANY_JSON
        for name in ("specversion", "id", "source", "type", "subject", "time", "channel", "externalref", "data")
    },
)


@given(st.sampled_from([STRUCTURED, BATCH]), st.binary() | ANY_JSON | ANY_EVENT | st.lists(ANY_EVENT, max_size=2))
def test_any_body_is_accepted_or_refused(media_type, body) -> None:
    with suppress(RequestRefused):
        assert isinstance(take(media_type, body), list)


@given(
    st.lists(st.tuples(st.sampled_from([f"ce-{name}" for name in CLOSED]), st.text(st.characters(max_codepoint=255)))),
    st.binary(),
)
def test_any_headers_are_accepted_or_refused(headers, body) -> None:
    with suppress(RequestRefused):
        assert len(accept_cloud_events(JSON, headers, body, arrive())) == 1


@pytest.mark.asyncio
async def test_over_http_an_event_gets_a_receipt_and_a_batch_a_list_of_them(client, kafka):
    in_headers = {f"ce-{name}": value for name, value in ATTRIBUTES.items()}
    one = await client.post("/v1/cloudevents", json=COMPLAINT, headers=in_headers)
    same = await client.post(
        "/v1/cloudevents",
        content=json.dumps(ATTRIBUTES | {"data": COMPLAINT}),
        headers={"content-type": "application/cloudevents+json; charset=utf-8"},
    )
    batch = await client.post(
        "/v1/cloudevents",
        content=json.dumps([ATTRIBUTES | {"data": COMPLAINT}, CLOSED]),
        headers={"content-type": BATCH},
    )
    empty = await client.post("/v1/cloudevents", content="[]", headers={"content-type": BATCH})
    assert [answer.status_code for answer in (one, same, batch, empty)] == [202] * 4
    assert one.json() == same.json() == batch.json()[0]
    assert (batch.json()[1]["complaint_id"], empty.json()) == (COMPLAINT_ID, [])
    kept = [COMPLAINT_EVENTS.codec.decode(record.value).type for record in kafka.records]
    assert kept == ["complaint_received"] * 3 + ["complaint_closed"]
    assert dict(kafka.records[0].headers)["ce_source"] == b"/redress/intake"


@pytest.mark.asyncio
async def test_over_http_a_batch_is_refused_as_a_whole_and_sent_again_while_kafka_is_away(client, kafka):
    async def post(*events):
        return await client.post("/v1/cloudevents", content=json.dumps(events), headers={"content-type": BATCH})

    def counted():
        labels = {"channel": "none", "type": "complaint_closed"}
        return REGISTRY.get_sample_value("redress_intake_accepted_total", labels) or 0.0

    assert (await post(CLOSED, CLOSED | {"id": ""})).status_code == 422
    assert kafka.records == []
    before = counted()
    kafka.loses = {b"11111111-1111-4111-8111-111111111111"}
    answer = await post(CLOSED, CLOSED | {"subject": "11111111-1111-4111-8111-111111111111"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:redress:problem:kafka-away")
    assert counted() == before + 1


@pytest.mark.asyncio
@pytest.mark.parametrize("media_type", ["application/cloudevents+avro", "text/plain", "application/cloudevents"])
async def test_over_http_other_formats_are_refused_by_header(client, media_type):
    answer = await client.post("/v1/cloudevents", content="{}", headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (415, "Content-Type")
