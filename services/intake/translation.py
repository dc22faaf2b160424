"""From a request's Accept-Language to the language of its answer, and from a text to the same in that language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from schemas.messages import Message

ENGLISH = "en"
FOLDER = Path(__file__).parent / "translations"
LANGUAGES = (ENGLISH, *sorted(file.stem for file in FOLDER.glob("*.json")))
MOST_RANGES = 20
"""Of one header: more are not somebody's wishes."""


def choose_language(accept_language: str | None) -> str:
    """The one of LANGUAGES that a header asks for most (RFC 9110, section 12.5.4); English if it asks for none.

    Every range is taken by its primary language: all that intake says is understood wherever that is read.
    """
    best, best_weight = ENGLISH, 0.0
    for written in (accept_language or "").split(",")[:MOST_RANGES]:
        wanted, _, parameter = written.partition(";")
        primary = wanted.strip().partition("-")[0].lower()
        weight = _read_weight(parameter)
        if primary in LANGUAGES and weight > best_weight:
            best, best_weight = primary, weight
    return best


def translate(text: str, language: str) -> str:
    """``text`` in one of LANGUAGES. What has no translation, such as a parser's own words, stays as it is."""
    if language == ENGLISH:
        return text
    if not isinstance(text, Message):
        return _translations(language).get(text, text)
    template = _translations(language).get(text.template)
    return text if template is None else template.format(**text.values)


def _read_weight(parameter: str) -> float:
    """``q=0.8``; 1 where nothing is said, and 0 for what is no weight."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


@cache
def _translations(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found
