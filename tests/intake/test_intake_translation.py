"""Answers in the language that is asked for: every text of ours has its translation, with the same values in it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import translation
from services.intake.domain.advice import ADVICE, ADVICE_BY_PATTERN
from services.intake.domain.arrivals import _DENIALS
from services.intake.domain.malformed_json import BYTE_ORDER_MARKS
from services.intake.domain.refusals import SAID_OF_FIELDS
from services.intake.problems import PROBLEMS
from services.intake.translation import choose_language

REPOSITORY = Path(__file__).parents[2]
CHINESE = json.loads((translation.FOLDER / "zh.json").read_text(encoding="utf-8"))
SAID_BY = {"RequestRefused", "InvalidField", "Fault", "Message", "__init__"}
JSON = {"content-type": "application/json"}


def constant_texts(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def name_of(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def texts_of(module: Path) -> set[str]:
    """What a module says to senders: texts in refusals and messages, that are returned, or are named ``detail``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and name_of(node.func) in SAID_BY:
            found |= {text for argument in node.args for text in constant_texts(argument)}
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
            found |= constant_texts(node)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "detail":
            found |= constant_texts(node.value)
    return {text for text in found if " " in text.strip()}


def all_texts() -> set[str]:
    intake = REPOSITORY / "services" / "intake"
    modules = {*intake.rglob("*.py"), REPOSITORY / "schemas" / "external_names.py"} - {intake / "examples.py"}
    found = {text for module in modules for text in texts_of(module)}
    for texts in (ADVICE, ADVICE_BY_PATTERN, _DENIALS, BYTE_ORDER_MARKS, SAID_OF_FIELDS):
        found |= set(texts.values())
    return found | {title for _, title in PROBLEMS.values()}


def values_in(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(template) if name)


def test_everything_that_intake_says_has_a_translation_and_nothing_else_has_one() -> None:
    of_other_modules = {
        "IANA's registry has no such language: write a tag of BCP 47 such as en, zh-CN or zh-Hant-HK",
        "this is no language tag of BCP 47: write one such as en, zh-CN or zh-Hant-HK",
        "two names here are one in Unicode's Normalization Form C: keep one",
    }
    assert set(CHINESE) == all_texts() | of_other_modules


@pytest.mark.parametrize("template", CHINESE)
def test_a_translation_has_the_values_of_its_template(template: str) -> None:
    assert values_in(CHINESE[template]) == values_in(template)
    assert re.search("[\u4e00-\u9fff]", CHINESE[template])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-HK", "zh"),
        ("en-GB, zh;q=0.5", "en"),
        ("fr, zh;q=0.2, en;q=0.1", "zh"),
        ("de, fr", "en"),
        ("en;q=0, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=much", "en"),
        ("zh;q=nan", "en"),
        ("*", "en"),
        (",".join(["xx"] * 50 + ["zh"]), "en"),
    ],
)
def test_the_language_is_the_one_that_is_asked_for_most(header: str | None, language: str) -> None:
    assert choose_language(header) == language


@given(st.text())
def test_any_header_chooses_a_language(header: str) -> None:
    assert choose_language(header) in translation.LANGUAGES


@pytest.mark.asyncio
async def test_a_refusal_is_said_in_chinese_with_every_fault_and_the_same_pointers(client, complaint):
    wrong = complaint | {
        "severity": "urgent",
        "amount": {"value": 1, "currency": "EUR"},
        "tags": ["a\u200b"],
        "product": "",
        "occurred_at": "yesterday",
        "favourite_colour": "red",
        "language": "xx-xx",
    }
    english = await client.post("/v1/complaints", json=wrong)
    chinese = await client.post("/v1/complaints", json=wrong, headers={"Accept-Language": "zh-CN,en;q=0.5"})
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")
    assert chinese.json()["type"] == english.json()["type"]
    assert [fault["pointer"] for fault in chinese.json()["errors"]] == [
        fault["pointer"] for fault in english.json()["errors"]
    ]
    said = [chinese.json()["title"], chinese.json()["detail"], *(one["detail"] for one in chinese.json()["errors"])]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in said), said


@pytest.mark.asyncio
async def test_bulk_lines_are_answered_in_chinese_too(client):
    headers = {"content-type": "application/x-ndjson", "Accept-Language": "zh"}
    answer = await client.post("/v1/bulk", content=b"{}\n", headers=headers)
    assert json.loads(answer.content)["errors"][0]["detail"] == "请在 complaint 与 event 中二选一"


BODIES = {
    "a byte order mark": "\ufeff{}".encode(),
    "UTF-16, by its byte order mark": '{"a": 1}'.encode("utf-16"),
    "UTF-16 or UTF-32, by its zero bytes": '{"a": 1}'.encode("utf-16-le"),
    "zero bytes": '{"a": 1}'.encode("utf-32-be"),
    "a form": b"channel=web&subject=Card+charged&body=Twice",
    "line 2, column 1 on": b'{"channel": \n}',
}


@pytest.mark.asyncio
@pytest.mark.parametrize("said", BODIES)
async def test_a_body_that_is_no_json_is_named_as_what_it_is(client, said):
    answer = await client.post("/v1/complaints", content=BODIES[said], headers=JSON)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True), answer.json()["detail"]
