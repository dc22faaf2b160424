"""The bytes of one mail in; a POST to intake; its answer out, however the call ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from urllib.parse import quote

import aiohttp
from structlog import get_logger

from redress.fetch_mail.answers import Answer, read_answer

LONGEST_ANSWER_BYTES = 64 * 1024
KEEP_SECONDS = 3.0
"""Intake closes a connection that is idle for five seconds; one that is closed under a call costs a second call."""
POST_SECONDS = 60.0
"""For the whole call: 25 MiB at 4 Mbit/s; intake itself answers within some five seconds."""

log = get_logger(__name__)


@asynccontextmanager
async def intake_calls(url: str, channel: str, key: str | None) -> AsyncIterator[Callable[[bytes], Awaitable[Answer]]]:
    """A function that posts one mail to the channel. ``url`` is where intake listens, ``key`` an API key."""
    call = f"{url.rstrip('/')}/v1/channels/{quote(channel, safe='')}/email"
    headers = {"Content-Type": "message/rfc822", **({"Authorization": f"Bearer {key}"} if key else {})}
    timeout = aiohttp.ClientTimeout(total=POST_SECONDS)
    connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as session:

        async def post(mail: bytes) -> Answer:
            try:
                async with session.post(call, data=BytesIO(mail), allow_redirects=False) as response:
                    body = await _read_some(response.content)
                    return read_answer(response.status, response.headers.get("Retry-After"), body)
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("intake does not answer", url=url, error=type(error).__name__)
                return Answer(0)

        yield post


async def _read_some(content: aiohttp.StreamReader) -> bytes:
    body = b""
    while len(body) < LONGEST_ANSWER_BYTES and (chunk := await content.read(LONGEST_ANSWER_BYTES)):
        body += chunk
    return body
