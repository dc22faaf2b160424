"""From planned complaints to what intake accepted of them: sends them over HTTP, as front-ends would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from redress.demo.scenario import PlannedComplaint
from schemas.derived import SurveyRequested

AT_ONCE = 32
"""Requests under way at most."""
BULK_EVERY_SECONDS = 0.25
MOST_TRIES = 20
TRY_AGAIN_SECONDS = 0.5


class LoadRefused(Exception):
    """Intake refuses what it should accept; the message holds its answer."""


class LoadGenerator:
    """Sends each part of the plan at its instant. It counts what intake has answered with 202."""

    def __init__(self, session: aiohttp.ClientSession, planned: Sequence[PlannedComplaint]) -> None:
        self.complaints = 0
        self.events = 0
        self.answers = 0
        self.accepted: set[str] = set()
        self.reference_of: dict[str, str] = {}
        self._session = session
        self._planned = planned
        self._by_reference = {one.reference: one for one in planned}
        self._received: dict[str, str] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._answering: set[str] = set()
        self._waiting: list[SurveyRequested] = []

    async def send(self) -> None:
        """Send complaints one by one and their events in bulk, each when it happens; return when all are sent."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_events())
            for one in self._planned:
                await _sleep_until(one.at)
                group.create_task(self._send_complaint(one))

    async def answer_surveys(self) -> None:
        """Answer survey requests, for ever, as the plan says of each customer."""
        async with asyncio.TaskGroup() as group:
            while True:
                waiting, self._waiting = self._waiting, []
                for request in waiting:
                    self._plan_answer(group, request)
                await asyncio.sleep(0.1)

    def take_survey_request(self, request: SurveyRequested) -> None:
        """Note a survey request to answer; the same one again changes nothing."""
        if request.event_id not in self._answering:
            self._answering.add(request.event_id)
            self._waiting.append(request)

    def _plan_answer(self, group: asyncio.TaskGroup, request: SurveyRequested) -> None:
        reference = self.reference_of.get(request.complaint_id)
        if reference is None:
            raise LoadRefused(f"a survey was requested for {request.complaint_id}, which the demo never sent")
        # A complaint's first cycle has the id of its receipt; the only other one here is that of a reopening.
        number = 0 if request.cycle == self._received[reference] else 1
        answer = self._by_reference[reference].answers[number]
        if answer is not None:
            group.create_task(
                self._answer(
                    request.survey_id, answer.score, answer.delay.total_seconds(), f"{reference}-survey-{number}"
                )
            )

    async def _answer(self, survey_id: str, score: int | None, delay: float, key: str) -> None:
        await asyncio.sleep(delay)
        receipt = await self._post(f"/v1/surveys/{survey_id}/answers", {"score": score}, key)
        self.answers += 1
        self.accepted.add(receipt["event_id"])

    async def _send_complaint(self, one: PlannedComplaint) -> None:
        receipt = await self._post("/v1/complaints", one.complaint, one.reference)
        self.complaints += 1
        self.accepted.add(receipt["event_id"])
        self.reference_of[receipt["complaint_id"]] = one.reference
        self._received[one.reference] = receipt["event_id"]

    async def _send_events(self) -> None:
        coming = sorted((event for one in self._planned for event in one.events), key=lambda event: event[0])
        sent = 0
        while sent < len(coming):
            await asyncio.sleep(BULK_EVERY_SECONDS)
            now = datetime.now(UTC)
            due = [line for at, line in coming[sent : sent + 1_000] if at <= now]
            if due:
                await self._send_bulk(due)
                sent += len(due)

    async def _send_bulk(self, lines: Sequence[Mapping[str, Any]]) -> None:
        body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        answer = await self._exchange("/v1/bulk", body, {"content-type": "application/x-ndjson"})
        results = [json.loads(line) for line in answer.splitlines()]
        _check_results(results, len(lines))
        self.events += len(results)
        self.accepted.update(result["event_id"] for result in results)

    async def _post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        headers = {"content-type": "application/json", "idempotency-key": key}
        answer = await self._exchange(path, json.dumps(body, ensure_ascii=False).encode(), headers)
        receipt: dict[str, Any] = json.loads(answer)
        return receipt

    async def _exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a request, and again while intake answers 503: the same key makes it the same event."""
        for _ in range(MOST_TRIES):
            async with self._at_once, self._session.post(path, data=body, headers=headers) as response:
                answer = await response.read()
                if response.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
                    return answer
                if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    raise LoadRefused(f"intake answers {response.status} to POST {path}: {answer.decode()}")
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        raise LoadRefused(f"intake answered 503 to POST {path} for {MOST_TRIES * TRY_AGAIN_SECONDS:g} s")


def _check_results(results: Iterable[Mapping[str, Any]], lines: int) -> None:
    results = list(results)
    refused = [result for result in results if result.get("status") != HTTPStatus.ACCEPTED]
    if refused or len(results) != lines:
        raise LoadRefused(
            f"of {lines} bulk lines intake answered {len(results)} and refused {len(refused)}: {refused[:1]}"
        )


async def _sleep_until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
