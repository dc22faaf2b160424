"""Language tags: one tag however a locale is written, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from string import ascii_lowercase, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langcodes import Language
from pydantic import TypeAdapter, ValidationError

from services.languages import LanguageTag, canonical_language, language_schema
from services.languages.pattern import language_pattern
from services.languages.subtags import extended_languages, read_subtags
from tests.described import drawn_from, is_valid, near_misses, takes

TAG: TypeAdapter[str] = TypeAdapter(LanguageTag)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("zh_CN", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("en", "en"),
        ("eng", "en"),
        ("iw", "he"),
        ("zh-yue", "yue"),
        ("es-419", "es-419"),
        ("und", "und"),
        ("zh-hak-tw", "hak-TW"),
        ("sgn-ase", "ase"),
        ("ar_ARB_Latn", "arb-Latn"),
        ("zh-cmn-Hans-156", "zh-Hans-CN"),
        ("zh-min-nan", "nan"),
    ],
)
def test_a_tag_is_read_in_its_canonical_form(written: str, read: str) -> None:
    assert TAG.validate_python(written) == read
    assert TAG.validate_python(read) == read


@pytest.mark.parametrize(
    "written",
    [
        *("", "xx", "jp", "English", "zh-CN.UTF-8", "zh CN", "zh-", "C", "zh-QQQQQ", "en-x-" + "a-" * 40 + "a"),
        *("en-USA", "zh-CHN", "und-arb", "en-yue", "de-1901-1901", "en-u-ca-u-ca"),
    ],
)
def test_a_malformed_or_unknown_tag_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TAG.validate_python(written)


def test_what_strangers_send_is_not_kept_for_ever() -> None:
    for number in range(5_000):
        canonical_language(f"en-x-{number}")
    assert canonical_language.cache_info().currsize < 5_000
    assert len(Language._PARSE_CACHE) < 100
    assert len(Language._INSTANCES) < 100


def words(letters: str, length: int) -> Iterable[str]:
    return map("".join, product(letters, repeat=length))


SUBTAGS = read_subtags()
EVERY = {
    "language of one letter": words(ascii_lowercase, 1),
    "language of two letters": words(ascii_lowercase, 2),
    "language of three letters": words(ascii_lowercase, 3),
    "region of two letters": (f"en-{word}" for word in words(ascii_lowercase, 2)),
    "region of three digits": (f"en_{word}" for word in words(digits, 3)),
    "extended language": (f"{tag}-{word}" for tag in ("zh", "sgn") for word in words(ascii_lowercase, 3)),
    "extended language after another": (f"{tag}-{word}" for tag in ("ar", "en", "ms") for word in extended_languages()),
    "region of three digits after an extended language": (f"sw-swc-{word}" for word in words(digits, 3)),
    "script": (f"en-{word}" for word in SUBTAGS.scripts),
    "variant": (f"EN-{word.upper()}" for word in SUBTAGS.variants),
    "tag of before BCP 47": (tag.upper() for tag in SUBTAGS.whole_tags),
}


@pytest.mark.parametrize("kind", EVERY)
def test_the_json_schema_has_every_subtag_that_is_taken_and_no_other(kind: str) -> None:
    matches = re.compile(language_pattern()).match
    assert [tag for tag in EVERY[kind] if bool(matches(tag)) != takes(TAG, tag)] == []


TAG_SCHEMA = language_schema()


@settings(max_examples=300)
@given(st.one_of(drawn_from(TAG_SCHEMA), near_misses(TAG_SCHEMA)))
def test_the_json_schema_takes_nothing_that_is_refused(tag: str) -> None:
    if is_valid(TAG_SCHEMA, tag):
        assert takes(TAG, tag)
        read = TAG.validate_python(tag)
        assert TAG.validate_python(read) == read


@pytest.mark.parametrize("tag", ["sl-rozaj-biske", "en-t-zh-u-ca-gregory"])
def test_the_json_schema_leaves_out_several_variants_and_several_extensions(tag: str) -> None:
    assert takes(TAG, tag)
    assert not is_valid(TAG_SCHEMA, tag)
