"""What is masked where: short texts at once, long ones beside the event loop, so that others are not kept waiting."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

from services.intake.app import build
from services.intake.domain.arrivals import Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.keeping import LONG_CHARACTERS
from tests.intake.conftest import CHANNELS, KEYS, FakeKafka

pytestmark = pytest.mark.asyncio


class Threads:
    """A mask that changes nothing, and notes where it ran."""

    def __init__(self) -> None:
        self.seen: list[bool] = []

    def mask(self, accepted):
        self.seen.append(threading.current_thread() is threading.main_thread())
        return accepted


@pytest.fixture
def threads() -> Threads:
    return Threads()


@pytest.fixture
def client(threads) -> httpx.AsyncClient:
    sender, surveys = Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False)
    app = build(sender, surveys, FakeKafka(), mask=threads.mask)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")


@pytest.mark.parametrize(("characters", "at_once"), [(10, True), (LONG_CHARACTERS + 1, False)])
async def test_a_long_text_is_masked_beside_the_event_loop(client, threads, complaint, characters, at_once):
    answer = await client.post("/v1/complaints", json=complaint | {"body": "x" * characters})
    assert answer.status_code == 202
    assert threads.seen == [at_once]


async def test_many_lines_of_bulk_are_long_together(client, threads, complaint):
    line = json.dumps({"complaint": complaint | {"body": "x" * 1_000}})
    body = f"{line}\n" * 100
    answer = await client.post("/v1/bulk", content=body, headers={"content-type": "application/x-ndjson"})
    assert [json.loads(one)["status"] for one in answer.text.splitlines()] == [202] * 100
    assert threads.seen == [False] * 100


async def test_attributes_count_as_well(client, threads, complaint):
    attributes = {f"field {number}": "x" * 1_000 for number in range(30)}
    assert (await client.post("/v1/complaints", json=complaint | {"attributes": attributes})).status_code == 202
    assert threads.seen == [False]
