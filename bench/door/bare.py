"""Bare FastAPI handlers, served as intake is: ``python -m bench.door.bare validating|publishing ADDRESS``."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import uvloop
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from schemas.topics import COMPLAINT_EVENTS
from services.intake.domain.request_models import Complaint
from services.intake.server import Server, configure, listen
from services.intake.session import BATCH_BYTES, DELIVERY_SECONDS
from services.runtime.addresses import split_address

VALIDATING, PUBLISHING = "validating", "publishing"

Keep = Callable[[str, Any], Awaitable[object]]
"""A complaint's id and its fields in, its record's acknowledgement out."""


def make_app(keep: Keep | None) -> FastAPI:
    """One call that validates a complaint by intake's own model, and has it kept where there is a ``keep``."""
    app = FastAPI()

    @app.post("/v1/complaints", status_code=202)
    async def complaint(given: Complaint) -> dict[str, str]:
        complaint_id = str(uuid4())
        if keep is not None:
            await keep(complaint_id, given)
        return {"complaint_id": complaint_id}

    return app


@asynccontextmanager
async def one_send_per_request(kafka: str) -> AsyncIterator[Keep]:
    """aiokafka as its page shows it, with intake's settings."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=int(DELIVERY_SECONDS * 1000),
        max_batch_size=BATCH_BYTES,
    )

    async def keep(complaint_id: str, given: Any) -> object:
        value = given.model_dump_json().encode()
        return await producer.send_and_wait(COMPLAINT_EVENTS.name, value, complaint_id.encode())

    async with producer:
        yield keep


async def serve(handler: str, address: str) -> None:
    """Serve until SIGTERM."""
    sockets = listen(*split_address(address, example="127.0.0.1:8080"))
    if handler == VALIDATING:
        await Server(configure(make_app(None))).serve(sockets)
        return
    async with one_send_per_request(os.environ["REDRESS_KAFKA"]) as keep:
        await Server(configure(make_app(keep))).serve(sockets)


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
