"""Compressed bodies: expanded piece by piece, and never further than a body may be."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc

import pytest
import zstandard

from services.intake import bodies, decompression, upload

pytestmark = pytest.mark.asyncio

COMPRESS = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


def post(client, body, encoding):
    headers = {"content-type": "application/json", "content-encoding": encoding}
    return client.post("/v1/complaints", content=body, headers=headers)


@pytest.mark.parametrize("encoding", COMPRESS)
async def test_a_compressed_body_is_read(client, complaint, encoding):
    body = COMPRESS[encoding](json.dumps(complaint).encode())
    assert (await post(client, body, encoding)).status_code == 202


@pytest.mark.parametrize("encoding", COMPRESS)
async def test_a_body_may_be_compressed_in_several_parts(client, complaint, encoding):
    whole = json.dumps(complaint).encode()
    body = COMPRESS[encoding](whole[:20]) + COMPRESS[encoding](whole[20:])
    assert (await post(client, body, encoding)).status_code == 202


@pytest.mark.parametrize("encoding", COMPRESS)
async def test_a_body_that_is_cut_off_or_something_else_is_malformed(client, complaint, encoding):
    body = COMPRESS[encoding](json.dumps(complaint).encode())
    for wrong in (body[:-3], b"", b"nonsense", body + b"nonsense"):
        answer = await post(client, wrong, encoding)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:redress:problem:malformed-encoding")


@pytest.mark.parametrize("encoding", COMPRESS)
async def test_a_small_body_that_expands_without_end_is_too_large_and_takes_no_memory(client, encoding):
    bomb = COMPRESS[encoding](b" " * 100_000_000)
    assert len(bomb) < bodies.MOST_BYTES
    tracemalloc.start()
    answer = await post(client, bomb, encoding)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:redress:problem:too-large")
    assert peak < 40_000_000


async def test_an_encoding_that_is_not_taken_is_named(client):
    answer = await post(client, b"", "br")
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (415, "Content-Encoding")


async def test_a_sender_that_stops_in_the_middle_is_not_waited_for(client, monkeypatch):
    async def stalled():
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(upload, "PAUSE_SECONDS", 0.01)
    answer = await client.post("/v1/complaints", content=stalled(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


async def test_a_sender_that_never_stops_and_never_ends_is_not_waited_for(client, monkeypatch):
    async def trickle():
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    monkeypatch.setattr(upload, "GRACE_SECONDS", 0.1)
    answer = await client.post("/v1/complaints", content=trickle(), headers={"content-type": "application/json"})
    assert answer.status_code == 408


@pytest.mark.parametrize("encoding", COMPRESS)
async def test_bulk_lines_that_expand_beyond_all_measure_are_not_read_to_their_end(client, encoding, monkeypatch):
    monkeypatch.setattr(decompression, "ANY_GROWTH", 10_000)
    monkeypatch.setattr(decompression, "MOST_GROWTH", 2)
    monkeypatch.setattr(decompression, "PIECE", 1_000)
    bomb = COMPRESS[encoding](b"{}\n" * 100_000)
    headers = {"content-type": "application/x-ndjson", "content-encoding": encoding}
    answer = await client.post("/v1/bulk", content=bomb, headers=headers)
    *lines, last = [json.loads(line) for line in answer.content.splitlines()]
    assert last["type"] == "urn:redress:problem:too-large"
    assert len(lines) < 10_000
