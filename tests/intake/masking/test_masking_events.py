"""Accepted events: every text that a person wrote is masked, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.codec import encode
from schemas.free_text import FREE_TEXT, NAMES, PersonalDataKind
from schemas.personal import ComplaintPersonal
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES
from services.intake.masking.checks import MOST_CHECKS, Checks
from services.intake.masking.events import mask_event
from services.intake.masking.masker import Masker

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
ALL = Masker(get_args(PersonalDataKind))
PHONE = "13800138000"
CODECS = {
    event.model_fields["type"].default: topic.codec
    for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES)
    for event in topic.events
}


def example_of(event_type: str) -> Any:
    return CODECS[event_type].decode((EXAMPLES / f"{event_type}.json").read_bytes())


def with_texts(value: Any, path: list[str], text: str) -> Any:
    """``value`` as JSON with ``text`` at ``path``, where it has such a place."""
    if not path:
        return text
    if isinstance(value, list):
        return [with_texts(item, path[1:], text) for item in value]
    if isinstance(value, dict):
        names = list(value) if path[0] == "*" else [path[0]] if path[0] in value else []
        return {**value, **{name: with_texts(value[name], path[1:], text) for name in names}}
    return value


def filled(event: Any, paths: tuple[str, ...], text: str) -> Any:
    content = event.model_dump(mode="json")
    for path in paths:
        content = with_texts(content, path.split("."), text)
    return type(event).model_validate_json(json.dumps(content))


@pytest.mark.parametrize("event_type", [one for one in CODECS if one != "clock_advanced"])
def test_all_free_text_is_masked_and_all_else_stays(event_type: str) -> None:
    event = filled(filled(example_of(event_type), FREE_TEXT, f"call {PHONE}"), NAMES, PHONE)
    masked, counts = mask_event(event, ALL)
    assert encode(masked) == encode(filled(event, FREE_TEXT, "call [phone]"))
    assert counts.total() == encode(event).decode().count(f"call {PHONE}")


def test_the_texts_of_a_complaint_are_there_to_be_masked() -> None:
    event = filled(example_of("complaint_received"), FREE_TEXT, PHONE)
    _, counts = mask_event(event, ALL)
    assert counts["phone"] == 2 + len(event.personal.attributes) + len(event.attachments) >= 4


def test_an_event_without_anything_to_mask_is_the_same_object() -> None:
    event = filled(example_of("complaint_received"), FREE_TEXT, "it came late")
    masked, counts = mask_event(event, ALL)
    assert masked is event
    assert not counts


def test_the_names_of_attributes_and_whom_to_answer_stay() -> None:
    event = example_of("complaint_received")
    personal = {"attributes": {PHONE: PHONE, "colour": "red"}, "contact": PHONE, "name": PHONE, "body": PHONE}
    event = event.model_copy(update={"personal": ComplaintPersonal.model_validate(personal)})
    masked, _ = mask_event(event, ALL)
    assert masked.personal.attributes == {PHONE: "[phone]", "colour": "red"}
    assert (masked.personal.contact, masked.personal.name, masked.personal.body) == (PHONE, PHONE, "[phone]")


def test_a_masked_event_can_be_read_again_however_long_its_texts_were() -> None:
    text = "a@b.cn " * (100_000 // 7)
    event = filled(example_of("customer_replied"), ("personal.body",), text)
    masked, counts = mask_event(event, ALL)
    assert CODECS["customer_replied"].decode(encode(masked)) == masked
    assert counts == {"e_mail": text.count("@")}


NO_PHONES = "23800138001 " * (MOST_CHECKS + 100)


def test_beyond_its_checks_what_looks_like_a_number_is_masked_unchecked() -> None:
    masked = ALL.mask(f"{NO_PHONES} {PHONE}")
    assert masked.text.count("23800138001") == MOST_CHECKS
    assert masked.text.endswith("[phone]")
    assert ALL.mask(masked.text).text == masked.text


def test_the_texts_of_one_event_share_its_checks() -> None:
    checks = Checks()
    assert not ALL.mask("23800138001", checks).counts
    ALL.mask(NO_PHONES, checks)
    assert ALL.mask("23800138001", checks).counts == {"phone": 1}
    event = filled(example_of("complaint_received"), ("personal.body",), NO_PHONES)
    masked, _ = mask_event(filled(event, ("personal.subject",), "23800138001"), ALL)
    assert masked.personal.subject == "[phone]"


HOSTILE = (
    *("1", "1 ", "12 ", "(1", "+1", "1~", "1x", "A1", "DE89", "AT89 ", "4111 ", "1.2.3.", "\u200b1", "1\u0301"),
    *("@", "a@", "a@a.", "退@a.bc", "passport", "护照 a", "550e8400-e29b-", "[phone", "2024-01-15 "),
)


@pytest.mark.parametrize("ending", ["", "1380013)8000", "@example.com", "110101199003077272"], ids=ascii)
@pytest.mark.parametrize("hostile", [*HOSTILE, "(", "+", "-", "a.", "a", " "], ids=ascii)
def test_twenty_thousand_hostile_characters_are_masked(hostile: str, ending: str) -> None:
    once = ALL.mask(hostile * (20_000 // len(hostile)) + ending).text
    assert ALL.mask(once).text == once
