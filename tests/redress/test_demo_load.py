"""The demo's load against an intake that does as the test says."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from redress.demo import load as load_module
from redress.demo.load import LoadGenerator, LoadRefused
from redress.demo.scenario import Answer, plan
from schemas.derived import Attribution, SurveyRequested
from schemas.ids import derived_id

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Intake:
    """Accepts everything under ids made of what it is called, unless told to be away or to refuse."""

    def __init__(self):
        self.keys: Counter[str] = Counter()
        self.answers: asyncio.Queue[dict] = asyncio.Queue()
        self.away = 0
        self.refuses: str | None = None

    async def post(self, request: web.Request) -> web.Response:
        body = await request.text()
        if self.away:
            self.away -= 1
            return web.Response(status=503)
        if self.refuses:
            return web.Response(status=422, text=self.refuses)
        if request.path == "/v1/bulk":
            return web.Response(text="".join(self.kept(json.loads(line)) for line in body.splitlines()))
        key = request.headers["idempotency-key"]
        return web.Response(status=202, text=self.kept({**json.loads(body), "idempotency_key": key}))

    def kept(self, given: dict) -> str:
        key = given["idempotency_key"]
        self.keys[key] += 1
        if "score" in given:
            self.answers.put_nowait(given)
        reference = given.get("external_ref") or key
        receipt = {"complaint_id": derived_id(reference), "event_id": derived_id(reference, key), "status": 202}
        return json.dumps(receipt) + "\n"


@pytest.fixture
def intake():
    return Intake()


@pytest_asyncio.fixture
async def session(intake):
    app = web.Application()
    app.router.add_post("/{path:.*}", intake.post)
    async with TestServer(app) as server, ClientSession(server.make_url("/")) as client:
        yield client


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(load_module, "TRY_AGAIN_SECONDS", 0)
    monkeypatch.setattr(load_module, "BULK_EVERY_SECONDS", 0.001)


@pytest.mark.asyncio
async def test_every_complaint_and_event_is_sent_once_under_its_key(intake, session):
    planned = plan(40, seed=1, start=LONG_AGO)
    load = LoadGenerator(session, planned)
    await load.send()
    events = [line["idempotency_key"] for one in planned for _, line in one.events]
    assert intake.keys == Counter([*(one.reference for one in planned), *events])
    assert (load.complaints, load.events) == (40, len(events))
    assert len(load.accepted) == 40 + len(events)
    assert load.reference_of[derived_id(planned[0].reference)] == planned[0].reference


@pytest.mark.asyncio
async def test_while_intake_is_away_the_same_is_sent_again_and_counted_once(intake, session):
    intake.away = 5
    load = LoadGenerator(session, plan(10, seed=1, start=LONG_AGO))
    await load.send()
    assert load.complaints == 10
    assert set(intake.keys.values()) == {1}


@pytest.mark.asyncio
async def test_an_intake_that_stays_away_ends_the_load(intake, session):
    intake.away = 1_000_000
    with pytest.RaisesGroup(LoadRefused, flatten_subgroups=True, allow_unwrapped=False) as raised:
        await LoadGenerator(session, plan(1, seed=3, start=LONG_AGO)).send()
    assert "503" in str(raised.value.exceptions[0])


@pytest.mark.asyncio
async def test_a_refusal_ends_the_load_with_intakes_own_words(intake, session):
    intake.refuses = "/channel: there is no such channel"
    with pytest.RaisesGroup(LoadRefused, flatten_subgroups=True) as raised:
        await LoadGenerator(session, plan(1, seed=3, start=LONG_AGO)).send()
    assert "no such channel" in str(raised.value.exceptions[0])


def survey(complaint_id: str, cycle: str) -> SurveyRequested:
    return SurveyRequested(
        event_id=derived_id(complaint_id, cycle, "survey"), cause_event_id=derived_id("cause"), occurred_at=LONG_AGO,
        recorded_at=LONG_AGO, complaint_id=complaint_id, survey_id="token", cycle=cycle, metric="csat", channel="web",
        attribution=Attribution(), expires_at=LONG_AGO,
    )  # fmt: skip


@pytest.mark.asyncio
async def test_each_survey_is_answered_once_as_its_customer_is_planned_to(intake, session):
    came_back = next(one for one in plan(200, seed=1, start=LONG_AGO) if one.scenario == "came back")
    one = replace(came_back, answers=(Answer(5, timedelta()), Answer(None, timedelta(seconds=0.5))))
    load = LoadGenerator(session, [one])
    await load.send()
    received, reopened = derived_id(one.reference, one.reference), derived_id("reopened")
    for cycle in (received, received, reopened):
        load.take_survey_request(survey(derived_id(one.reference), cycle))
    answering = asyncio.create_task(load.answer_surveys())
    async with asyncio.timeout(10):
        answers = [await intake.answers.get(), await intake.answers.get()]
    answering.cancel()
    assert sorted((answer["idempotency_key"], answer["score"]) for answer in answers) == [
        (f"{one.reference}-survey-0", 5),
        (f"{one.reference}-survey-1", None),
    ]
