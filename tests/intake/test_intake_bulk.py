"""Bulk: a result a line, in order, while the body still arrives, whoever reads when."""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import COMPLAINT_EVENTS
from services.intake import bodies
from services.intake.domain.identity import derive_complaint_id
from services.intake.domain.refusals import RequestRefused
from services.intake.lines import MOST_BLANK, Lines

NDJSON = "application/x-ndjson"


@given(st.lists(st.binary(max_size=30), max_size=8), st.lists(st.integers(0, 60), max_size=6))
def test_pieces_are_cut_into_the_lines_that_were_sent(parts, cuts):
    body = b"\n".join(parts)
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    lines = Lines()
    found = [line for start, end in pairwise(places) for line in lines.feed(body[start:end])]
    found += lines.end()
    expected = [part if part.strip() else b"" for part in body.split(b"\n")]
    while expected and not expected[-1]:
        expected.pop()
    assert found == expected


def test_blank_lines_are_lines_where_another_follows_and_the_end_where_none_does():
    lines = Lines()
    assert lines.feed(b"a\n\n \t\r\n") == [b"a"]
    assert lines.feed(b"b\n\n") == [b"", b"", b"b"]
    assert lines.end() == []


def test_a_thousand_blank_lines_in_a_row_are_borne_and_no_more():
    lines = Lines()
    assert lines.feed(b"\n" * MOST_BLANK + b"a\n") == [b""] * MOST_BLANK + [b"a"]
    assert lines.feed(b"\n" * MOST_BLANK) == []
    with pytest.raises(RequestRefused, match="too_many_lines"):
        lines.feed(b"\n")


def test_a_line_that_is_too_long_is_dropped_while_it_arrives(monkeypatch):
    monkeypatch.setattr("services.intake.lines.MOST_BYTES", 10)
    lines = Lines()
    assert lines.feed(b"a\n" + b"x" * 9) == [b"a"]
    assert lines.feed(b"xx") == []
    assert lines.feed(b"xx\nb\nc") == [None, b"b"]
    assert lines.end() == [b"c"]


class Caller:
    """A client in the middle of a request: it sends when the test says so, and sees what has been answered."""

    def __init__(self, app, headers=()):
        self.sent = asyncio.Queue()
        self.answered = asyncio.Queue()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/bulk",
            "raw_path": b"/v1/bulk",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-type", NDJSON.encode()), *headers],
        }
        self.request = asyncio.create_task(app(scope, self.sent.get, self.answered.put))

    def send(self, body, *, more=True):
        self.sent.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self):
        self.sent.put_nowait({"type": "http.disconnect"})

    async def status(self):
        return (await self.answered.get())["status"]

    async def results(self, count):
        text = b""
        while text.count(b"\n") < count:
            text += (await self.answered.get())["body"]
        return [json.loads(line) for line in text.splitlines()]


def line(complaint, number):
    return json.dumps({"complaint": complaint | {"external_ref": f"A-{number}"}}).encode() + b"\n"


@pytest.mark.asyncio
async def test_one_bad_line_fails_that_line_alone(client, kafka, complaint):
    event = {"event": {"type": "agent_assigned", "agent_id": "a"}, "channel": "web", "external_ref": "A-1"}
    body = b"".join(
        [
            line(complaint, 1),
            b"{oops\n",
            b"\n",
            line(complaint | {"channel": "fax"}, 2),
            b" " * (bodies.MOST_BYTES + 1) + b"\n",
            json.dumps(event | {"idempotency_key": "K"}).encode(),
        ]
    )
    answer = await client.post("/v1/bulk", content=body, headers={"content-type": NDJSON})
    results = [json.loads(result) for result in answer.text.splitlines()]
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    assert [(result["line"], result["status"]) for result in results] == [
        (1, 202), (2, 400), (3, 400), (4, 422), (5, 413), (6, 202),
    ]  # fmt: skip
    assert results[3]["errors"][0]["pointer"] == "/complaint/channel"
    kept = [COMPLAINT_EVENTS.codec.decode(record.value) for record in kafka.records]
    assert [(one.complaint_id, one.event_id) for one in kept] == [
        (result["complaint_id"], result["event_id"]) for result in (results[0], results[5])
    ]
    assert {one.complaint_id for one in kept} == {derive_complaint_id("local", "web", "A-1")}


@pytest.mark.asyncio
async def test_work_ends_when_the_sender_leaves_although_its_whole_body_is_there(app, kafka, complaint):
    caller = Caller(app)
    caller.send(b"".join(line(complaint, number) for number in range(5_000)), more=False)
    caller.leave()
    await caller.request
    assert len(kafka.records) < 5_000


@pytest.mark.asyncio
async def test_a_line_that_the_broker_does_not_acknowledge_is_told_to_come_again(client, kafka, complaint):
    lost = derive_complaint_id("local", "web", "A-300")
    kafka.loses.add(lost.encode())
    body = b"".join(line(complaint, number) for number in range(1, 601))
    answer = await client.post("/v1/bulk", content=body, headers={"content-type": NDJSON})
    results = [json.loads(result) for result in answer.text.splitlines()]
    assert [result["line"] for result in results] == list(range(1, 601))
    assert {result["line"]: result["status"] for result in results if result["status"] != 202} == {300: 503}
    assert [result["complaint_id"] for result in results if result["status"] == 202] == [
        record.key.decode() for record in kafka.records
    ]


@pytest.mark.asyncio
async def test_kafka_may_go_away_and_return_in_the_middle(app, kafka, complaint):
    caller = Caller(app)
    caller.send(line(complaint, 1))
    assert await caller.status() == 200
    assert [one["status"] for one in await caller.results(1)] == [202]
    kafka.ready = False
    caller.send(line(complaint, 2))
    assert [one["status"] for one in await caller.results(1)] == [503]
    kafka.ready = True
    caller.send(line(complaint, 3), more=False)
    assert [one["status"] for one in await caller.results(1)] == [202]
    await caller.request


@pytest.mark.asyncio
async def test_a_compressed_body_is_answered_as_it_comes(app, complaint):
    caller = Caller(app, [(b"content-encoding", b"gzip")])
    caller.send(gzip.compress(line(complaint, 1)))
    assert await caller.status() == 200
    assert [one["status"] for one in await caller.results(1)] == [202]
    caller.send(b"nonsense", more=False)
    assert [(one["line"], one["status"]) for one in await caller.results(1)] == [(2, 400)]
    await caller.request


@pytest.mark.asyncio
async def test_a_body_that_is_wrong_from_its_first_byte_is_refused_as_a_whole(client):
    headers = {"content-type": NDJSON, "content-encoding": "gzip"}
    answer = await client.post("/v1/bulk", content=b"nonsense", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    answer = await client.post("/v1/bulk", content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code == 415


@pytest.mark.asyncio
async def test_a_client_that_reads_only_when_it_has_sent_everything_is_served(app, kafka, complaint, monkeypatch):
    monkeypatch.setattr("services.intake.spool.IN_MEMORY", 10_000)
    caller = Caller(app)
    caller.answered._maxsize = 1  # The connection holds this much for a client that does not read.
    for start in range(0, 2_000, 100):
        caller.send(b"".join(line(complaint, number) for number in range(start, start + 100)), more=start < 1_900)
    while len(kafka.records) < 2_000:
        await asyncio.sleep(0)
    assert await caller.status() == 200
    assert [one["line"] for one in await caller.results(2_000)] == list(range(1, 2_001))
    assert not (await caller.answered.get()).get("more_body", False)
    await caller.request


@pytest.mark.asyncio
async def test_what_was_kept_of_a_client_that_goes_away_stays_kept(app, kafka, complaint):
    caller = Caller(app)
    caller.send(line(complaint, 1))
    assert await caller.status() == 200
    assert [result["status"] for result in await caller.results(1)] == [202]
    caller.send(line(complaint, 2)[:-1])
    caller.leave()
    await caller.request
    assert len(kafka.records) == 1


@pytest.mark.asyncio
async def test_an_empty_body_has_no_results(client):
    answer = await client.post("/v1/bulk", content=b"", headers={"content-type": NDJSON})
    assert (answer.status_code, answer.content) == (200, b"")
