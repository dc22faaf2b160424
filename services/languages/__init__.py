"""From a language tag as somebody writes it to the one that everybody compares; pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from langcodes import Language
from langcodes.data_dicts import LANGUAGE_REPLACEMENTS
from langcodes.tag_parser import LanguageTagError
from pydantic import AfterValidator, StringConstraints

from services.languages.pattern import language_pattern
from services.languages.subtags import extended_languages

LONGEST_TAG = 35
"""What RFC 5646, section 4.4.1, asks everybody to have room for."""


@lru_cache(maxsize=4_096)
def canonical_language(tag: str) -> str:
    """``tag`` in the canonical form of BCP 47 (RFC 5646, section 4.5): ``zh_CN`` is ``zh-CN``, ``iw`` is ``he``.

    An underscore is read as a hyphen, as in the names of locales. Raises ValueError for what is no well-formed tag,
    or has a subtag that IANA's registry does not know.
    """
    try:
        language = Language.get(_name_extended_language(tag))
    except LanguageTagError:
        raise ValueError("this is no language tag of BCP 47: write one such as en, zh-CN or zh-Hant-HK") from None
    # langcodes keeps every tag that it was ever asked for, and strangers ask: the cache above is bounded.
    Language._PARSE_CACHE.clear()  # noqa: SLF001
    Language._INSTANCES.clear()  # noqa: SLF001
    if language.extlangs or not language.is_valid():
        raise ValueError("IANA's registry has no such language: write a tag of BCP 47 such as en, zh-CN or zh-Hant-HK")
    return language.to_tag()


def _name_extended_language(tag: str) -> str:
    """``ar-arb-EG`` as ``arb-EG``, and any other tag as it is: langcodes takes whatever has the form of such a tag."""
    first, *rest = tag.replace("_", "-").lower().split("-")
    if not rest or len(rest[0]) != 3 or extended_languages().get(rest[0]) != first:
        return tag
    return "-".join([LANGUAGE_REPLACEMENTS.get(f"{first}-{rest[0]}", rest[0]), *rest[1:]])


LanguageTag = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TAG), AfterValidator(canonical_language)
]
"""A language tag of BCP 47, read as its canonical form. Its exact JSON Schema is ``language_schema``."""


def language_schema() -> dict[str, Any]:
    """A JSON Schema that takes what is taken here, but for the tags that ``language_pattern`` leaves out."""
    return {"type": "string", "maxLength": LONGEST_TAG, "pattern": language_pattern()}
