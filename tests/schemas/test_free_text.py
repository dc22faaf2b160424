"""The lists of free text and of names agree with the models: no field for what people write is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from schemas import personal
from schemas.free_text import FREE_TEXT, NAMES, PLACEHOLDERS, PersonalDataKind
from schemas.primitives import Frozen, Text
from schemas.topics import COMPLAINT_EVENTS, SURVEY_RESPONSES

# People write these outside of what is personal: the name of a file.
ELSEWHERE = {"attachments.*.name"}


def texts_in(model: type[BaseModel]) -> Iterator[str]:
    for name, kind in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields:
            yield from (f"{name}{path}" for path in texts_at(kind))


def texts_at(kind: Any) -> Iterator[str]:
    """The paths from a field of this type to each ``Text`` that it may hold."""
    if kind == Text:
        yield ""
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from (f".{path}" for path in texts_in(kind))
    elif get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from texts_at(one)
    elif get_origin(kind) in (dict, tuple, list):
        for one in get_args(kind):
            yield from (f".*{path}" for path in texts_at(one))


def everything_in(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name in model.model_fields:
        found = {path for path in texts_in(model) if path == name or path.startswith(f"{name}.")}
        yield from {before + path for path in found or {name}}


EVENTS = [event for topic in (COMPLAINT_EVENTS, SURVEY_RESPONSES) for event in topic.events]


def test_every_text_of_every_event_is_free_text_or_names_somebody() -> None:
    assert {path for event in EVENTS for path in texts_in(event)} == {*FREE_TEXT, *NAMES} - ELSEWHERE


def test_everything_personal_is_free_text_or_names_somebody() -> None:
    parts = [event.model_fields["personal"].annotation for event in EVENTS if "personal" in event.model_fields]
    models = [one for one in vars(personal).values() if isinstance(one, type) and issubclass(one, Frozen)]
    assert set(parts) >= {one for one in models if one not in (Frozen, personal.Personal, personal.Representative)}
    assert {path for part in parts for path in everything_in(part, "personal.")} == {*FREE_TEXT, *NAMES} - ELSEWHERE


def test_what_people_write_elsewhere_is_there() -> None:
    assert any("attachments" in event.model_fields for event in EVENTS)
    assert not {*FREE_TEXT} & {*NAMES}


def test_every_kind_has_a_placeholder_of_its_own() -> None:
    assert PLACEHOLDERS.keys() == set(get_args(PersonalDataKind))
    assert len(set(PLACEHOLDERS.values())) == len(PLACEHOLDERS)
