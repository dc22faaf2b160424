"""Names from outside: one text however it was typed, or a refusal that names what is wrong."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.external_names import NAME_SCHEMA, ExternalName, canonical_name
from schemas.ids import derived_id
from schemas.primitives import ExternalIdentifier
from tests.described import drawn_from, is_valid, near_misses, takes, validator

REFUSED_CATEGORIES = {"Cc", "Cf", "Zl", "Zp"}
EXTERNAL_NAME: TypeAdapter[str] = TypeAdapter(ExternalName)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("name", ["A-1", "投诉 42", "Zürich", "a/b c", "ключ", "Ж", "🙂", "x" * 200, "a\u3000b"])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    assert canonical_name(name) == name


def test_two_encodings_of_one_name_are_one_name() -> None:
    composed, decomposed = "Zürich", "Zu\u0308rich"
    assert composed != decomposed
    assert canonical_name(composed) == canonical_name(decomposed)
    assert derived_id(canonical_name(decomposed)) == derived_id(composed)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("A\n1", "U+000A (LINE FEED) at character 2"),
        ("A\r", "U+000D (CARRIAGE RETURN) at character 2"),
        ("\tA", "U+0009 (TAB) at character 1"),
        ("A\x00", "U+0000 (NULL) at character 2"),
        ("A\x85B", "U+0085 (NEXT LINE) at character 2"),
        ("A\x1bB", "U+001B (a control character) at character 2"),
        ("A\u2028B", "U+2028 (LINE SEPARATOR) at character 2"),
        ("pay\u200bpal", "U+200B (ZERO WIDTH SPACE) at character 4"),
        ("\ufeffA", "U+FEFF (ZERO WIDTH NO-BREAK SPACE) at character 1"),
        ("A\u202eB", "U+202E (RIGHT-TO-LEFT OVERRIDE) at character 2"),
        ("Ren\ufffd", "U+FFFD (REPLACEMENT CHARACTER) at character 4"),
        (" A", "U+0020 (SPACE) at character 1"),
        ("A ", "U+0020 (SPACE) at character 2"),
        ("投诉\u3000", "U+3000 (IDEOGRAPHIC SPACE) at character 3"),
        ("\xa0A", "U+00A0 (NO-BREAK SPACE) at character 1"),
        ("", "1 to 200 characters"),
        ("x" * 201, "here are 201"),
        ("\u0958" * 101, "here are 202"),  # Each is two characters in Normalization Form C.
        ("u\u0308" * 101, "here are 202"),  # Each is one there: a schema cannot count them so.
    ],
)
def test_what_is_wrong_with_a_name_is_named_with_its_place(name: str, said: str) -> None:
    with pytest.raises(ValueError, match="name") as refused:
        canonical_name(name)
    assert said in str(refused.value)


def test_every_control_format_and_line_breaking_character_of_unicode_is_refused() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) in REFUSED_CATEGORIES:
            with pytest.raises(ValueError, match="not allowed in a name"):
                canonical_name(f"a{character}b")


@given(names)
def test_a_canonical_name_is_its_own(name: str) -> None:
    try:
        canonical = canonical_name(name)
    except ValueError:
        return
    assert canonical_name(canonical) == canonical
    assert unicodedata.is_normalized("NFC", canonical)


@given(st.one_of(names, drawn_from(NAME_SCHEMA), near_misses(NAME_SCHEMA)))
def test_the_json_schema_takes_what_is_taken(name: str) -> None:
    assert is_valid(NAME_SCHEMA, name) == takes(EXTERNAL_NAME, name)


def test_the_json_schema_refuses_the_same_characters_and_white_space() -> None:
    described = validator(NAME_SCHEMA)
    special = [code for code in range(sys.maxunicode) if unicodedata.category(chr(code)) in {*REFUSED_CATEGORIES, "Zs"}]
    around = {max(code + step, 0) for code in [*special, 0xFFFD] for step in (-1, 0, 1)} - {0xD7FF, 0xD800, 0xDFFF}
    for character in map(chr, sorted(around)):
        for name in (f"a{character}b", character):
            assert described.is_valid(name) == takes(EXTERNAL_NAME, name), f"U+{ord(character):04X}"


@pytest.mark.parametrize("name", ["", " A", "A\u3000", "A\n", "A\nB", "A\u200bB", "\x00", "A\U000e0041", "x" * 201])
def test_the_json_schema_says_what_is_refused(name: str) -> None:
    assert not is_valid(NAME_SCHEMA, name)


def test_an_identifier_in_any_case_is_one_identifier() -> None:
    identifier = TypeAdapter(ExternalIdentifier)
    written = "0E4B1C0A-5a0f-5B7E-9C11-2F6D3F0A7B11"
    assert identifier.validate_json(json.dumps(written)) == written.lower()
    with pytest.raises(ValidationError):
        identifier.validate_python("{" + written + "}")
