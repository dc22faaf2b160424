"""What a sender names is known by its value: however it was typed, encoded, or carried."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from schemas.topics import COMPLAINT_EVENTS
from services.intake.domain.refusals import RequestRefused
from services.intake.paths import check_path
from tests.intake.conftest import COMPLAINT_ID, survey_token
from tests.intake.test_intake_acceptance import EVENTS, FULL

pytestmark = pytest.mark.asyncio

NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
CLOSED = {"type": "complaint_closed"}
COMPOSED, DECOMPOSED = "Zürich-7", "Zu\u0308rich-7"


def escaped(reference):
    return quote(reference, safe="")


def on_channel(reference):
    return f"/v1/channels/web/complaints/{escaped(reference)}/events"


async def send_lines(client, *lines, **headers):
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    answer = await client.post("/v1/bulk", content=body, headers=NDJSON | headers)
    return [json.loads(result) for result in answer.text.splitlines()]


async def test_a_reference_is_one_in_a_body_a_path_and_a_bulk_line_however_it_is_encoded(client, kafka, complaint):
    await client.post("/v1/complaints", json=complaint | {"external_ref": COMPOSED})
    await client.post("/v1/complaints", json=complaint | {"external_ref": DECOMPOSED})
    await client.post(on_channel(COMPOSED), json=CLOSED)
    await client.post(on_channel(DECOMPOSED), json=CLOSED)
    await send_lines(
        client,
        {"complaint": complaint | {"external_ref": DECOMPOSED}},
        {"event": CLOSED, "channel": "web", "external_ref": DECOMPOSED},
    )
    assert len(kafka.records) == 6
    assert len({record.key for record in kafka.records}) == 1
    assert COMPLAINT_EVENTS.codec.decode(kafka.records[1].value).external_ref == COMPOSED


@pytest.mark.parametrize(
    "reference", ["", "A\n1", "A\n", "\nA", " A", "A\u200b", "A\x00", "\u2028", "Ren\ufffd", "x" * 201]
)
async def test_a_reference_is_refused_in_a_body_a_path_and_a_bulk_line_alike(client, kafka, complaint, reference):
    by_post = await client.post("/v1/complaints", json=complaint | {"external_ref": reference})
    by_path = await client.post(on_channel(reference), json=CLOSED)
    of_complaint, of_event = await send_lines(
        client,
        {"complaint": complaint | {"external_ref": reference}},
        {"event": CLOSED, "channel": "web", "external_ref": reference},
    )
    problems = [by_post.json(), by_path.json(), of_complaint, of_event]
    assert [problem["status"] for problem in problems] == [422] * 4
    (said,) = {problem["errors"][0]["detail"] for problem in problems}
    assert "name" in said
    assert by_path.json()["errors"][0]["parameter"] == "external_ref"
    assert not kafka.records


@pytest.mark.parametrize("reference", ["Ren%FF", "Ren%C3", "Ren%ED%A0%80"])
async def test_a_path_that_is_no_text_is_refused_and_never_another_s_id(client, kafka, reference):
    answer = await client.post(f"/v1/channels/web/complaints/{reference}/events", json=CLOSED)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:redress:problem:malformed-path")
    assert not kafka.records


@pytest.mark.parametrize("path", [b"/Ren%ZZ", b"/Ren%", b"/Ren%4", b"/%25%u00e9"])
async def test_a_broken_escape_is_refused_with_its_place(path):
    with pytest.raises(RequestRefused, match=f"malformed_path: At byte {path.rindex(b'%') + 1}, "):
        check_path(path)


async def test_a_line_break_at_the_end_of_a_path_is_another_path(client, complaint):
    assert (await client.post("/v1/complaints%0A", json=complaint)).status_code == 404
    assert (await client.post(f"/v1/complaints/{COMPLAINT_ID}/events%0A", json=CLOSED)).status_code == 404


async def test_a_key_is_one_in_a_header_and_in_a_bulk_line(client, kafka, complaint):
    keyed = {"Idempotency-Key": DECOMPOSED.encode()}
    by_header = (await client.post("/v1/complaints", json=complaint, headers=keyed)).json()
    (by_line,) = await send_lines(client, {"complaint": complaint, "idempotency_key": COMPOSED})
    assert by_line["duplicate_safe"]
    assert (by_header["complaint_id"], by_header["event_id"]) == (by_line["complaint_id"], by_line["event_id"])


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([("Idempotency-Key", "Zürich".encode("latin-1"))], "UTF-8"),
        ([("Idempotency-Key", "a"), ("Idempotency-Key", "b")], "stands twice"),
        ([("Idempotency-Key", "a\tb")], "U+0009 (TAB)"),
        ([("Idempotency-Key", "a\u200bb".encode())], "ZERO WIDTH SPACE"),
    ],
)
async def test_a_key_that_can_be_read_in_two_ways_is_refused(client, kafka, complaint, headers, said):
    answers = [
        await client.post("/v1/complaints", json=complaint, headers=headers),
        await client.post("/v1/bulk", content=b"{}", headers=[*NDJSON.items(), *headers]),
    ]
    for answer in answers:
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["header"]) == (422, "Idempotency-Key")
        assert said in fault["detail"]
    assert not kafka.records


async def test_two_surveys_of_one_complaint_with_one_key_are_two_answers(client, kafka):
    key = {"Idempotency-Key": "K-1"}
    for survey in (survey_token(), survey_token(cycle="0e4b1c0a-5a0f-5b7e-9c11-2f6d3f0a7b12"), survey_token("nps")):
        for _ in range(2):
            answer = await client.post(f"/v1/surveys/{survey}/answers", json={"score": 4}, headers=key)
            assert answer.json()["duplicate_safe"]
    ids = [dict(record.headers)["ce_id"] for record in kafka.records]
    assert (len(ids), len(set(ids))) == (6, 3)


async def test_a_survey_signed_anew_is_the_same_survey_to_a_key(client, kafka):
    key = {"Idempotency-Key": "K-1"}
    one, again = survey_token(), survey_token()
    assert one != again
    answers = [
        await client.post(f"/v1/surveys/{token}/answers", json={"score": 4}, headers=key) for token in (one, again)
    ]
    assert len({answer.json()["event_id"] for answer in answers}) == 1


async def test_the_key_of_a_bulk_request_counts_with_each_line_s_number(client, kafka, complaint):
    lines = [{"complaint": complaint}, {"complaint": complaint}, {"event": CLOSED, "complaint_id": COMPLAINT_ID}]
    key = {"Idempotency-Key": "K-1"}
    once, again = await send_lines(client, *lines, **key), await send_lines(client, *lines, **key)
    assert [result["event_id"] for result in once] == [result["event_id"] for result in again]
    assert all(result["duplicate_safe"] for result in once)
    assert len({result["event_id"] for result in once}) == 3
    (alone,) = await send_lines(client, lines[0], **{"Idempotency-Key": "K-2"})
    assert alone["complaint_id"] not in {result["complaint_id"] for result in once}


async def test_a_line_s_own_key_counts_before_the_request_s(client, complaint):
    keyed = {"complaint": complaint, "idempotency_key": "L-1"}
    (within,) = await send_lines(client, keyed, **{"Idempotency-Key": "K-1"})
    (without,) = await send_lines(client, keyed)
    assert within["complaint_id"] == without["complaint_id"]


async def test_no_key_of_a_line_is_that_of_a_request_and_a_number(client, complaint):
    (by_number,) = await send_lines(client, {"complaint": complaint}, **{"Idempotency-Key": "K"})
    for key in ("K1", "K 1", "K-1", "K:1"):
        (by_key,) = await send_lines(client, {"complaint": complaint, "idempotency_key": key})
        assert by_key["complaint_id"] != by_number["complaint_id"]


async def test_an_id_in_upper_case_is_the_same_id(client, kafka):
    answer = await client.post(f"/v1/complaints/{COMPLAINT_ID.upper()}/events", json=CLOSED)
    (by_line,) = await send_lines(client, {"event": CLOSED, "complaint_id": COMPLAINT_ID.upper()})
    assert answer.json()["complaint_id"] == by_line["complaint_id"] == COMPLAINT_ID
    linked = {"type": "complaint_linked", "other": COMPLAINT_ID.upper(), "as": "part_of"}
    await client.post(f"/v1/complaints/{COMPLAINT_ID}/events", json=linked)
    assert COMPLAINT_EVENTS.codec.decode(kafka.records[-1].value).other == COMPLAINT_ID


async def test_a_language_is_read_in_its_canonical_form(client, kafka, complaint):
    spoken = {"language": "zh_CN", "customer": {"id": "c-1", "language": "ZH-hant-hk"}}
    await client.post("/v1/complaints", json=complaint | spoken)
    event = COMPLAINT_EVENTS.codec.decode(kafka.records[0].value)
    assert (event.language, event.customer.language) == ("zh-CN", "zh-Hant-HK")


@pytest.mark.parametrize("language", ["xx", "English", "zh CN", "zh-CN.UTF-8", ""])
async def test_a_language_that_nobody_speaks_is_refused(client, kafka, complaint, language):
    spoken = {"language": language, "customer": {"id": "c-1", "language": language}}
    answer = await client.post("/v1/complaints", json=complaint | spoken)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/customer/language", "/language"]
    assert not kafka.records


PERSONS_TEXT = {"personal", "subject", "body", "name", "contact", "url"}
"""What a person wrote, with line breaks if they like; a name here is a person's or a file's."""


def names_within(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in PERSONS_TEXT and path[:1] not in [("attributes",), ("representative",)]:
                yield from names_within(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from names_within(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value


def with_value(body, path, value):
    changed = json.loads(json.dumps(body))
    inner = changed
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return changed


async def test_no_name_of_a_complaint_or_an_event_takes_a_control_or_a_format_character(client, kafka):
    bodies = [("/v1/complaints", FULL)]
    bodies += [(f"/v1/complaints/{COMPLAINT_ID}/events", {"type": kind, **fields}) for kind, fields in EVENTS.items()]
    taken = []
    for path, body in bodies:
        for place, value in names_within(body):
            for character in ("\n", "\x1b", "\u200b", " "):
                answer = await client.post(path, json=with_value(body, place, value + character))
                taken += [(path, place, character)] if answer.status_code == 202 else []
    assert taken == []
    assert not kafka.records


async def test_names_of_attributes_that_are_one_are_refused_rather_than_one_of_them_lost(client, kafka, complaint):
    answer = await client.post("/v1/complaints", json=complaint | {"attributes": {COMPOSED: "1", DECOMPOSED: "2"}})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/attributes")
    answer = await client.post("/v1/complaints", json=complaint | {"attributes": {DECOMPOSED: "1", "b": "2"}})
    assert answer.status_code == 202
    assert COMPLAINT_EVENTS.codec.decode(kafka.records[0].value).personal.attributes == {COMPOSED: "1", "b": "2"}


REPEATED = {
    "/channel": b'{"channel": "web", "channel": "email", "customer": {"id": "c"}, "subject": "", "body": ""}',
    "/customer/id": b'{"channel": "web", "customer": {"id": "c", "\\u0069d": "d"}, "subject": "", "body": ""}',
    "/attributes/a~1b": b'{"channel": "web", "customer": {"id": "c"}, "subject": "", "body": "", '
    b'"attributes": {"a/b": "1", "a/b": "1"}}',
    "/attachments/1/name": b'{"channel": "web", "customer": {"id": "c"}, "subject": "", "body": "", "attachments": '
    b'[{"name": "n", "media_type": "m", "size": 1}, {"name": "n", "media_type": "m", "size": 1, "name": "o"}]}',
}


@pytest.mark.parametrize("pointer", REPEATED)
async def test_a_name_that_stands_twice_in_an_object_is_refused_by_its_pointer(client, kafka, pointer):
    answer = await client.post("/v1/complaints", content=REPEATED[pointer], headers=JSON)
    line = await client.post("/v1/bulk", content=b'{"complaint": ' + REPEATED[pointer] + b"}", headers=NDJSON)
    for problem, prefix in ((answer.json(), ""), (json.loads(line.text), "/complaint")):
        assert problem["status"] == 422
        (fault,) = problem["errors"]
        assert fault == {"pointer": prefix + pointer, "detail": "this name stands twice in its object: keep one"}
    assert not kafka.records


NOT_RFC3339 = ["2026-11-25T10:00", "2026-11-25T10:00:00+0800", "2026-11-25T10:00:00,5Z", "2026-11-25T10:00Z"]


@pytest.mark.parametrize("time", NOT_RFC3339)
async def test_every_instant_is_rfc_3339_or_refused(client, kafka, complaint, survey, time):
    events = f"/v1/complaints/{COMPLAINT_ID}/events"
    sent = [
        ("/v1/complaints", complaint, "occurred_at"),
        (events, CLOSED, "occurred_at"),
        (f"/v1/surveys/{survey}/answers", {"score": 5}, "occurred_at"),
        (events, {"type": "complaint_paused", "reason": "customer"}, "until"),
        (events, {"type": "deadline_extended", "clock": "c", "personal": {"reason": "r"}}, "until"),
        (events, {"type": "promise_made", "what": "callback"}, "until"),
        (events, {"type": "complaint_referred", "to": "court"}, "due"),
    ]
    for path, body, field in sent:
        answer = await client.post(path, json=body | {field: time})
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["pointer"]) == (422, f"/{field}")
        assert "RFC 3339" in fault["detail"]
    assert not kafka.records


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark (U+FEFF)"),
        (b"\xff\xfe" + "{}".encode("utf-16-le"), "UTF-16"),
        (b"\xfe\xff" + "{}".encode("utf-16-be"), "UTF-16"),
    ],
)
async def test_a_byte_order_mark_is_named_as_what_it_is(client, body, said):
    answer = await client.post("/v1/complaints", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:redress:problem:malformed-json")
    assert said in answer.json()["detail"]


async def test_a_byte_order_mark_before_bulk_lines_is_named_on_its_line(client, complaint):
    line = json.dumps({"complaint": complaint}).encode()
    answer = await client.post("/v1/bulk", content=b"\xef\xbb\xbf" + line + b"\n" + line, headers=NDJSON)
    first, second = (json.loads(result) for result in answer.text.splitlines())
    assert "byte order mark" in first["detail"]
    assert second["status"] == 202


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b"\r\n\r\n", b"\n \n\t\n"])
async def test_blank_lines_end_a_bulk_body(client, complaint, end):
    line = json.dumps({"complaint": complaint}).encode()
    answer = await client.post("/v1/bulk", content=line + end, headers=NDJSON)
    assert [json.loads(result)["status"] for result in answer.text.splitlines()] == [202]
