"""A contact centre's front-end and back office, over intake's HTTP: complaints and events in, what was accepted out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

LINES_PER_REQUEST = 500


def complaint(ref: str, **fields: Any) -> dict[str, Any]:
    """A line of a bulk body: a complaint under the front-end's own reference."""
    customer = {"id": f"customer of {ref}"}
    body = {"channel": "web", "external_ref": ref, "customer": customer, "subject": "Charged twice", "body": "x" * 200}
    return {"complaint": {**body, **fields}, "idempotency_key": f"{ref} received"}


def event(ref: str, happened: str, **fields: Any) -> dict[str, Any]:
    """A line of a bulk body: something that happened to the complaint under that reference."""
    key = f"{ref} {happened} {json.dumps(fields, sort_keys=True)}"
    return {"event": {"type": happened, **fields}, "channel": "web", "external_ref": ref, "idempotency_key": key}


def reply(ref: str) -> dict[str, Any]:
    """An agent's reply."""
    return event(ref, "agent_replied", agent_id="ann", automatic=False, kind="reply")


def resolution(ref: str) -> dict[str, Any]:
    """A decision."""
    return event(ref, "complaint_resolved", outcome="upheld", agent_id="ann")


class ContactCentre:
    """Speaks to one intake, and sends again what was not accepted."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.refused = 0
        self._session = session
        self._url = url

    async def send(self, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send lines until every one is accepted; returns intake's last answer to each, in order."""
        waiting = list(lines)
        accepted: list[dict[str, Any]] = []
        while waiting:
            now, waiting = waiting[:LINES_PER_REQUEST], waiting[LINES_PER_REQUEST:]
            accepted += await self._until_accepted(now)
        return accepted

    async def answer_survey(self, survey_id: str, score: int) -> int:
        """A customer's answer; the status intake gave."""
        url = f"{self._url}/v1/surveys/{survey_id}/answers"
        async with self._session.post(url, json={"score": score}) as response:
            return response.status

    async def _until_accepted(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any] | None] = [None] * len(lines)
        missing = list(range(len(lines)))
        while missing:
            for index, result in zip(missing, await self._bulk([lines[index] for index in missing]), strict=False):
                if result.get("status") == 202:
                    answers[index] = result
                else:
                    self.refused += 1
                    assert result["status"] == 503, result
            missing = [index for index, answer in enumerate(answers) if answer is None]
            if missing:
                await asyncio.sleep(0.5)
        return [answer for answer in answers if answer is not None]

    async def _bulk(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        body = "\n".join(json.dumps(line) for line in lines)
        headers = {"Content-Type": "application/x-ndjson"}
        try:
            async with self._session.post(f"{self._url}/v1/bulk", data=body.encode(), headers=headers) as response:
                if response.status == 503:
                    return [{"status": 503}] * len(lines)
                assert response.status == 200, await response.text()
                return [json.loads(line) async for line in response.content if line.strip()]
        except aiohttp.ClientError:
            return [{"status": 503}] * len(lines)


@asynccontextmanager
async def contact_centre(url: str) -> AsyncIterator[ContactCentre]:
    """Open for the length of the block."""
    async with aiohttp.ClientSession() as session:
        yield ContactCentre(session, url)
