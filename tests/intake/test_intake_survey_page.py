"""A customer answers a survey in a browser: a link shows the page, and only its button votes."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import httpx
import pytest

from schemas.topics import SURVEY_RESPONSES
from services.intake import survey_calls, survey_page
from services.intake.app import build
from services.intake.callers import Keyring
from services.intake.domain.arrivals import Sender
from services.intake.domain.rate_limit import Rate
from services.intake.domain.survey_answers import Surveys
from services.intake.fresh_id import uuid7
from services.intake.server import SECURITY_HEADERS
from services.intake.survey_page import STYLE_SOURCE
from tests.intake.conftest import CHANNELS, KEYS, survey_token

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def as_often_as_tests_like(monkeypatch):
    """All tests share one application, which remembers the surveys that were answered."""
    monkeypatch.setattr(survey_calls, "FORMS", Rate(per_second=1_000.0, burst=1_000))


def another_survey() -> str:
    """One that nobody has answered."""
    return survey_token(cycle=str(uuid4()))


class Page(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def field(self, name: str) -> str | None:
        return next(one["value"] for one in self.all("input") if one["name"] == name)


def path(survey: str) -> str:
    return f"/v1/surveys/{survey}"


def answers(kafka):
    return [SURVEY_RESPONSES.codec.decode(record.value) for record in kafka.records]


async def test_opening_the_link_shows_a_form_and_votes_for_nobody(client, kafka, survey):
    for _ in range(3):
        answer = await client.get(path(survey), params={"score": "5"})
    page = Page(answer.text)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert [one["value"] for one in page.all("input") if one["type"] == "radio"] == ["1", "2", "3", "4", "5"]
    assert [one["value"] for one in page.all("input") if "checked" in one] == ["5"]
    assert not kafka.records


async def test_the_button_votes(client, kafka, survey):
    form = {"score": "4", "comment": " Good, 谢谢 ", "key": Page((await client.get(path(survey))).text).field("key")}
    answer = await client.post(path(survey), data=form)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    (kept,) = answers(kafka)
    assert (kept.score, kept.personal.comment, kept.survey_id) == (4, "Good, 谢谢", survey)


async def test_a_form_that_is_sent_twice_is_one_answer_and_another_form_is_another(client, kafka, survey):
    first, other = [Page((await client.get(path(survey))).text).field("key") for _ in range(2)]
    for key in (first, first, other):
        assert (await client.post(path(survey), data={"score": "2", "key": key})).status_code == 200
    ids = [kept.event_id for kept in answers(kafka)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("score", [None, "", "0", "6", "-1", "five", "٣", "9" * 5_000, "1e0"])
async def test_a_form_without_a_possible_score_is_shown_again_with_what_was_written(client, kafka, survey, score):
    form = {"comment": "</textarea><script>"} | ({} if score is None else {"score": score})
    answer = await client.post(path(survey), data=form)
    page = Page(answer.text)
    assert (answer.status_code, "Please choose" in page.text, "</textarea><script>" in page.text) == (422, True, True)
    assert not page.all("script")
    assert not kafka.records


@pytest.mark.parametrize(
    ("language", "said"), [("zh-CN", "您对投诉处理的满意程度如何？"), ("en", "How satisfied are you"), ("fr", "How")]
)
async def test_the_page_is_in_the_customer_s_language(client, survey, language, said):
    page = Page((await client.get(path(survey), headers={"Accept-Language": language})).text)
    assert said in page.text
    assert page.all("html") == [{"lang": "zh" if language == "zh-CN" else "en"}]


@pytest.mark.parametrize("metric", ["csat", "nps", "ces"])
async def test_every_field_has_a_label_and_nothing_comes_from_elsewhere(client, metric):
    answer = await client.get(path(survey_token(metric)))
    page = Page(answer.text)
    labelled = {one.get("for") for one in page.all("label")}
    radios = [one for one in page.all("input") if one["type"] == "radio"]
    assert len(page.all("label")) == len(radios) + 1
    assert all(one["id"] in labelled for one in page.all("textarea"))
    assert (len(page.all("legend")), len(page.all("h1")), len(page.all("main"))) == (1, 1, 1)
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "a"}
    assert not re.search(r"https?:|//|url\(|@import|\son[a-z]+=", answer.text)


async def test_the_policy_allows_the_page_s_own_style_and_no_other(client, survey):
    style = re.search("<style>(.*?)</style>", (await client.get(path(survey))).text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" == STYLE_SOURCE
    assert STYLE_SOURCE in dict(SECURITY_HEADERS)["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("survey_id", "status", "said"),
    [
        ("nonsense", 404, "There is no such survey."),
        (survey_token(expires_in=timedelta(seconds=-1)), 410, "can no longer be answered"),
    ],
)
async def test_a_survey_that_is_none_or_over_says_so_on_a_page(client, kafka, survey_id, status, said):
    for answer in (await client.get(path(survey_id)), await client.post(path(survey_id), data={"score": "5"})):
        assert (answer.status_code, said in answer.text) == (status, True)
    assert not kafka.records


async def test_while_kafka_is_away_the_customer_is_asked_to_come_back(client, kafka, survey):
    kafka.ready = False
    answer = await client.post(path(survey), data={"score": "5"})
    assert (answer.status_code, "try again" in answer.text) == (503, True)


async def test_one_link_fills_no_topic(client, kafka, monkeypatch):
    monkeypatch.setattr(survey_calls, "FORMS", Rate(per_second=0.01, burst=2))
    survey = another_survey()
    statuses = [(await client.post(path(survey), data={"score": "5"})).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert len(kafka.records) == 2
    assert (await client.post(path(another_survey()), data={"score": "5"})).status_code == 200


async def test_the_number_of_surveys_that_are_remembered_is_bounded(client, monkeypatch):
    monkeypatch.setattr(survey_calls, "MOST_SURVEYS", 1)
    monkeypatch.setattr(survey_calls, "FORMS", Rate(per_second=0.01, burst=1))
    first, other = another_survey(), another_survey()
    statuses = [(await client.post(path(one), data={"score": "5"})).status_code for one in (first, other, first)]
    assert statuses == [200, 200, 200]


@pytest.mark.parametrize(
    "body",
    [b"\xff=1", b"&".join(b"a%d=1" % number for number in range(100)), b"score=%FF"],
    ids=["bytes", "many", "escape"],
)
async def test_what_is_no_form_is_refused(client, kafka, survey, body):
    answer = await client.post(path(survey), content=body, headers={"content-type": survey_page.FORM})
    assert answer.status_code == 400
    assert not kafka.records


async def test_a_customer_needs_no_api_key(kafka, survey):
    app = build(Sender("local", CHANNELS, uuid7), Surveys(KEYS, stream_time=False), kafka, Keyring({}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        assert (await client.post(path(survey), data={"score": "5"})).status_code == 200
        assert (await client.post(f"{path(survey)}/answers", json={"score": 5})).status_code == 401
    assert len(kafka.records) == 1
