"""The subtags of which a language tag may consist, as langcodes has them from CLDR and IANA's registry; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from langcodes.data_dicts import ALL_SCRIPTS, LANGUAGE_REPLACEMENTS, TERRITORY_REPLACEMENTS, VALIDITY
from langcodes.registry_parser import parse_registry


class Subtags(NamedTuple):
    """What langcodes takes, in lower case, each kind by itself."""

    languages: frozenset[str]
    scripts: frozenset[str]
    regions: frozenset[str]
    variants: frozenset[str]
    whole_tags: frozenset[str]
    """Tags of before BCP 47, such as ``i-klingon``, that are taken as they are or not at all."""


def read_subtags() -> Subtags:
    """All of them; what is replaced by its canonical form, such as ``eng`` by ``en``, included."""
    listed = set(_list_valid())
    replaced = LANGUAGE_REPLACEMENTS
    return Subtags(
        languages=_lower({one for one in listed if one.islower() and len(one) <= 3} | {*replaced} - _hyphened()),
        scripts=_lower(
            {one for one in listed if one.istitle() and len(one) == 4} | {one for one in ALL_SCRIPTS if one.isalpha()}
        ),
        regions=_lower(
            {one for one in listed if one.isupper() or (one.isdigit() and len(one) == 3)}
            | {one for one in TERRITORY_REPLACEMENTS if len(one) == 2 or one.isdigit()}
        ),
        variants=_lower({one for one in listed if len(one) > 4 or (len(one) == 4 and one[0].isdigit())}),
        whole_tags=_lower(_hyphened()),
    )


@cache
def extended_languages() -> Mapping[str, str]:
    """The language before which each extended language subtag may stand: ``zh`` for ``yue``."""
    return {one["Subtag"]: one["Prefix"][0] for one in parse_registry() if one.get("Type") == "extlang"}  # type: ignore[no-untyped-call]


def _list_valid() -> Iterator[str]:
    """The words of langcodes' pattern, each of them text that may end with one range of characters."""
    for word in VALIDITY.pattern.removeprefix("^(").removesuffix(")$").split("|"):
        start, _, span = word.partition("[")
        yield from [start + chr(code) for code in range(ord(span[0]), ord(span[2]) + 1)] if span else [start]


def _hyphened() -> set[str]:
    return {tag for tag in LANGUAGE_REPLACEMENTS if "-" in tag}


def _lower(subtags: set[str]) -> frozenset[str]:
    return frozenset(one.lower() for one in subtags)
