"""Language tags: one tag however a locale is written, or a refusal."""

from __future__ import annotations

import pytest
from langcodes import Language
from pydantic import TypeAdapter, ValidationError

from services.languages import LanguageTag, canonical_language

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
    ],
)
def test_a_tag_is_read_in_its_canonical_form(written: str, read: str) -> None:
    assert TAG.validate_python(written) == read
    assert TAG.validate_python(read) == read


@pytest.mark.parametrize(
    "written", ["", "xx", "jp", "English", "zh-CN.UTF-8", "zh CN", "zh-", "C", "zh-QQQQQ", "en-x-" + "a-" * 40 + "a"]
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
