"""The form of examples/front_ends in a real browser, as a person with a keyboard uses it, in front of a real intake."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from services.intake.app import build
from services.intake.cross_origin import allow_origins
from services.intake.domain.arrivals import Sender
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.server import Server, configure, listen
from tests.intake.conftest import CHANNELS, KEYS, FakeKafka

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.prove]

FOLDER = Path(__file__).parents[2] / "examples" / "front_ends"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 30_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "this test needs a browser: `make tools` installs Chromium for root on Debian"
    async with async_playwright() as started:
        browser = await started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop() -> AsyncIterator[tuple[str, str, FakeKafka]]:
    """The shop's page, the address of intake, and what intake keeps."""
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(FOLDER)))
    Thread(target=pages.serve_forever, daemon=True).start()
    page = f"http://127.0.0.1:{pages.server_port}"
    kafka = FakeKafka()
    app = build(Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False), kafka)
    listening = listen("127.0.0.1", 0)
    server = Server(configure(allow_origins(app, [page])))
    serving = asyncio.create_task(server.serve(listening))
    yield page, f"http://127.0.0.1:{listening[0].getsockname()[1]}", kafka
    server.end()
    await serving
    pages.shutdown()


@pytest_asyncio.fixture(loop_scope="module")
async def form(browser, shop, request) -> AsyncIterator:
    """The page, opened by a browser that speaks the language of the parameter, English by default."""
    shop[2].__init__()
    context = await browser.new_context(locale=getattr(request, "param", "en-GB"))
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    page.said = []
    page.on("console", lambda line: page.said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    await page.goto(f"{shop[0]}/complaint_form.html")
    await page.eval_on_selector("form", f"form => form.dataset.intake = {json.dumps(shop[1])}")
    yield page
    await context.close()


async def fill_by_keyboard(page) -> None:
    """From the first field to the button by the tabulator alone."""
    await page.focus("#order")
    for text in ("4711", "Parcel", "It came broken.", "Zhang Wei", "zhang@example.com"):
        await page.keyboard.type(text)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")


async def test_a_complaint_is_sent_by_keyboard_and_its_number_is_told(form, shop):
    await fill_by_keyboard(form)
    await form.wait_for_selector("form[hidden]", state="attached")
    (record,) = shop[2].records
    kept = json.loads(record.value)
    assert await form.text_content("#told") == (
        f"Thank you. We have received your complaint. Its number: {kept['complaint_id']}"
    )
    assert await form.evaluate("document.activeElement.id") == "told"
    assert kept["personal"] | {"representative": None} == {
        "subject": "Parcel", "body": "It came broken.", "name": "Zhang Wei", "contact": "zhang@example.com",
        "attributes": {"order": "4711"}, "representative": None,
    }  # fmt: skip
    assert form.said == []


async def test_while_kafka_is_away_it_tries_again_and_it_is_one_complaint(form, shop):
    shop[2].ready = False
    await fill_by_keyboard(form)
    await form.wait_for_function("told.textContent.includes('Trying again')")
    shop[2].ready = True
    await form.wait_for_selector("form[hidden]", state="attached")
    assert len(shop[2].records) == 1


async def test_what_is_missing_is_said_at_its_field_which_has_the_focus(form, shop):
    await form.click("button")
    assert await form.evaluate("document.activeElement.id") == "subject"
    assert await form.get_attribute("#body", "aria-describedby") == "body-fault"
    assert await form.text_content("#body-fault") == "Please fill this in."
    assert shop[2].records == []


@pytest.mark.parametrize("form", ["en-GB", "zh-CN"], indirect=True)
async def test_what_intake_refuses_is_said_at_its_field_in_the_customer_s_language(form, shop):
    await form.fill("#subject", "Parcel")
    await form.evaluate("document.getElementById('body').value = 'a'.repeat(100001)")
    await form.click("button")
    await form.wait_for_selector("#body-fault")
    english = (await form.get_attribute("html", "lang")) == "en"
    said = await form.text_content("#body-fault")
    assert said.isascii() == english, said
    assert shop[2].records == []


@pytest.mark.parametrize("form", ["en-GB", "zh-CN"], indirect=True)
async def test_axe_finds_nothing_that_keeps_people_out(form):
    await form.click("button")
    results = await Axe().run(form)
    assert [one["id"] for one in results.response["violations"]] == []
