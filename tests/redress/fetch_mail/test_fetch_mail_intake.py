"""The call that posts a mail: what it sends, and what it makes of answers that are none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from redress.broker import ports
from redress.fetch_mail.answers import Answer
from redress.fetch_mail.intake import LONGEST_ANSWER_BYTES, intake_calls

MAIL = b"Subject: \xcd\xcb\xbf\xee\r\n\r\n\x00\xff\r\n"


@asynccontextmanager
async def server(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    application = web.Application()
    application.add_routes([web.route("*", "/{path:.*}", answer)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.asyncio
async def test_a_mail_is_sent_as_it_is_with_its_type_and_key_to_its_channel() -> None:
    seen: list[tuple[str, str | None, str | None, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        headers = request.headers
        seen.append((request.raw_path, headers.get("Content-Type"), headers.get("Authorization"), body))
        return web.json_response({"type": "urn:redress:problem:kafka-away"}, status=503, headers={"Retry-After": "2"})

    async with server(answer) as url, intake_calls(f"{url}/behind/", "é/mail", "key") as post:
        assert await post(MAIL) == Answer(503, problem="kafka-away", retry_after=2)
    assert seen == [("/behind/v1/channels/%C3%A9%2Fmail/email", "message/rfc822", "Bearer key", MAIL)]


@pytest.mark.asyncio
async def test_a_redirect_is_not_followed() -> None:
    async def answer(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with server(answer) as url, intake_calls(url, "email", None) as post:
        assert await post(MAIL) == Answer(307)


@pytest.mark.asyncio
async def test_of_an_answer_without_end_only_the_beginning_is_read() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        while True:
            await response.write(b" " * LONGEST_ANSWER_BYTES)

    async with server(answer) as url, intake_calls(url, "email", None) as post:
        assert await post(MAIL) == Answer(500)


@pytest.mark.asyncio
async def test_where_nobody_listens_there_is_no_answer() -> None:
    async with intake_calls(f"http://127.0.0.1:{ports.choose(1)[0]}", "email", None) as post:
        assert await post(MAIL) == Answer(0)


@pytest.mark.asyncio
async def test_a_connection_that_ends_without_an_answer_is_none() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async with server(answer) as url, intake_calls(url, "email", None) as post:
        assert await post(MAIL) == Answer(0)
