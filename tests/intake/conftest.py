from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from schemas.survey_token import SurveyClaims, SurveyKeys, sign
from services.intake.app import build
from services.intake.domain.arrivals import Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.publisher import KafkaAway, Record
from services.intake.server import Server, configure, listen

CHANNELS = frozenset({"web", "email"})
COMPLAINT_ID = "0e4b1c0a-5a0f-5b7e-9c11-2f6d3f0a7b11"
KEYS = SurveyKeys.first(b"k" * 32)
PATIENCE_SECONDS = 30


class FakeKafka:
    """Keeps records in a list, or is away; ``loses`` says which keys it never acknowledges."""

    def __init__(self) -> None:
        self.ready = True
        self.records: list[Record] = []
        self.loses: set[bytes] = set()

    async def publish(self, *records: Record) -> None:
        kept = await (await self.publish_all(records))
        if not all(kept):
            raise KafkaAway

    async def publish_all(self, records: Sequence[Record]) -> Awaitable[list[bool]]:
        if not self.ready:
            raise KafkaAway
        kept = [record.key not in self.loses for record in records]
        self.records += [record for record, is_kept in zip(records, kept, strict=True) if is_kept]
        answer: asyncio.Future[list[bool]] = asyncio.get_running_loop().create_future()
        answer.set_result(kept)
        return answer


@pytest.fixture(scope="session")
def shared() -> tuple[Any, FakeKafka]:
    """An application is slow to build, because it describes itself."""
    kafka = FakeKafka()
    return build(Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False), kafka), kafka


@pytest.fixture
def kafka(shared: tuple[Any, FakeKafka]) -> FakeKafka:
    kafka = shared[1]
    kafka.__init__()  # type: ignore[misc]
    return kafka


@pytest.fixture
def app(shared: tuple[Any, FakeKafka], kafka: FakeKafka) -> Any:
    return shared[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(shared) -> AsyncIterator[tuple[str, int]]:
    """Where the real server serves the application."""
    listening = listen("127.0.0.1", 0)
    listening[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # As uvloop does, and asyncio does not.
    server = Server(configure(shared[0]))
    serving = asyncio.create_task(server.serve(listening))
    yield listening[0].getsockname()
    server.end()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await serving


@pytest.fixture
def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")


@pytest.fixture
def complaint() -> dict[str, Any]:
    """The smallest complaint."""
    return {"channel": "web", "customer": {"id": "c-1"}, "subject": "Card", "body": "It was charged twice."}


@pytest.fixture
def survey() -> str:
    """A survey that can still be answered."""
    return survey_token()


def survey_token(metric: str = "csat", expires_in: timedelta = timedelta(days=1), cycle: str = COMPLAINT_ID) -> str:
    now = datetime.now(UTC)
    claims = SurveyClaims(
        complaint_id=COMPLAINT_ID, cycle=cycle, metric=metric, issued_at=now, expires_at=now + expires_in
    )
    return sign(claims, KEYS)
