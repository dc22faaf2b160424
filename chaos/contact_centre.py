"""A contact centre that goes on working through intake while everything breaks: a plan in; what was accepted out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from math import ceil
from random import Random
from typing import Any

import aiohttp

from chaos.sent import Sent
from redress.demo.scenario import WAVES, PlannedComplaint, plan
from schemas.ids import derived_id
from schemas.topics import COMPLAINT_EVENTS, SURVEY_REQUESTS, SURVEY_RESPONSES
from services.runtime.kafka import Kafka

COMPLAINTS_A_WAVE = 500
"""In 28 seconds."""
LINES_PER_REQUEST = 500
SENT_TWICE = 0.1
"""The share of bulk lines that a front-end sends again although they were accepted."""
BULK_EVERY_SECONDS = 0.25
TRY_AGAIN_SECONDS = 0.5
ANSWERED = 0.8
"""The share of customers who answer."""


class ContactCentre:
    """Speaks to the intake at ``url`` for ``seconds``, and sends again what was not accepted."""

    def __init__(self, session: aiohttp.ClientSession, url: str, sent: Sent, *, seed: int, seconds: float) -> None:
        self._session = session
        self._url = url
        self._sent = sent
        self._random = Random(seed)
        begin = datetime.now(UTC)
        self._planned = [
            one
            for wave in range(ceil(seconds / len(WAVES)))
            for one in plan(COMPLAINTS_A_WAVE, seed * 1_000 + wave, begin + timedelta(seconds=wave * len(WAVES)))
        ]

    async def send(self) -> None:
        """Complaints and what becomes of them, each when it happens; return when all is accepted."""
        lines = _lines(self._planned)
        while lines:
            await asyncio.sleep(BULK_EVERY_SECONDS)
            due = [line for at, line in lines if at <= datetime.now(UTC)]
            lines = lines[len(due) :]
            for start in range(0, len(due), LINES_PER_REQUEST):
                await self._bulk(due[start : start + LINES_PER_REQUEST])

    async def _bulk(self, lines: Sequence[dict[str, Any]]) -> None:
        waiting = [*lines, *(line for line in lines if self._random.random() < SENT_TWICE)]
        while waiting:
            body = "".join(json.dumps(line) + "\n" for line in waiting).encode()
            answer = await self._post("/v1/bulk", body, "application/x-ndjson")
            results = [json.loads(line) for line in answer.splitlines()]
            accepted = {number for number, one in enumerate(results) if one.get("status") == HTTPStatus.ACCEPTED}
            for number in accepted:
                self._accept(COMPLAINT_EVENTS.name, results[number]["event_id"])
            if strange := [one for one in results if one.get("status") not in (202, 503)]:
                raise ValueError(f"intake refuses a line that is in order: {strange[0]}")
            waiting = [line for number, line in enumerate(waiting) if number not in accepted]
            if waiting:
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def answer_surveys(self, kafka: Kafka) -> None:
        """For ever: each survey that a committed reader sees is answered by most customers."""
        async with kafka.reader() as reader, asyncio.TaskGroup() as group:
            reader.assign(kafka.topic_partitions(SURVEY_REQUESTS.name))
            while True:
                for records in (await reader.getmany(timeout_ms=200)).values():
                    for record in records:
                        if self._random.random() < ANSWERED:
                            survey = SURVEY_REQUESTS.codec.decode(record.value).survey_id
                            group.create_task(self._answer(survey, self._random.randint(1, 5)))

    async def _answer(self, survey: str, score: int) -> None:
        body = json.dumps({"score": score}).encode()
        receipt = json.loads(await self._post(f"/v1/surveys/{survey}/answers", body, "application/json"))
        self._accept(SURVEY_RESPONSES.name, receipt["event_id"])

    async def _post(self, path: str, body: bytes, media_type: str) -> bytes:
        """What intake answers once it does, and takes it."""
        url, key = self._url + path, derived_id(path, body.decode())
        headers = {"content-type": media_type, "idempotency-key": key}
        while True:
            try:
                async with self._session.post(url, data=body, headers=headers) as response:
                    answer = await response.read()
            except aiohttp.ClientError:  # intake was killed
                pass
            else:
                if response.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
                    return answer
                if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise ValueError(f"intake answers {response.status} to POST {path}: {answer.decode()}")
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    def _accept(self, topic: str, event_id: str) -> None:
        self._sent.accepted[topic].add(event_id)


def _lines(planned: Sequence[PlannedComplaint]) -> list[tuple[datetime, dict[str, Any]]]:
    """Bulk lines with the instants at which they are sent, in order."""
    complaints = [(one.at, {"complaint": one.complaint, "idempotency_key": one.reference}) for one in planned]
    return sorted([*complaints, *(event for one in planned for event in one.events)], key=lambda line: line[0])
