"""From a language tag as somebody writes it to the one that everybody compares; pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from langcodes import Language
from langcodes.tag_parser import LanguageTagError
from pydantic import AfterValidator, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

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
    primary, _, rest = tag.lower().replace("_", "-").partition("-")
    if rest and extended_languages().get(rest.partition("-")[0]) == primary:
        # Its canonical form is the extended language alone. langcodes takes a region of digits behind it for another.
        return canonical_language(tag[len(primary) + 1 :])
    try:
        language = Language.get(tag)
    except LanguageTagError:
        raise ValueError("this is no language tag of BCP 47: write one such as en, zh-CN or zh-Hant-HK") from None
    # langcodes keeps every tag that it was ever asked for, and strangers ask: the cache above is bounded.
    Language._PARSE_CACHE.clear()  # noqa: SLF001
    Language._INSTANCES.clear()  # noqa: SLF001
    if language.extlangs or not language.is_valid():
        raise ValueError("IANA's registry has no such language: write a tag of BCP 47 such as en, zh-CN or zh-Hant-HK")
    return language.to_tag()


class _Described:
    """Adds to a tag's JSON Schema which tags are taken."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"pattern": language_pattern()}


LanguageTag = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TAG), AfterValidator(canonical_language), _Described()
]
"""A language tag of BCP 47, read as its canonical form."""
