"""From an event type to the fields that a mapping may fill in, each with its place in the event and its type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import Field, TypeAdapter
from pydantic.fields import FieldInfo

from schemas.events import ComplaintReceived, CustomerErased, Lifecycle, LifecycleEvent, PromiseMade
from schemas.external_names import ExternalName
from schemas.primitives import Frozen, Name
from services.languages import LanguageTag

OF_EVERY_EVENT = frozenset(LifecycleEvent.model_fields)
MOVED_INTO_PERSONAL = {
    "personal.subject": "subject",
    "personal.body": "body",
    "personal.name": "customer.name",
    "personal.contact": "customer.contact",
    "personal.representative.name": "representative.name",
    "personal.representative.contact": "representative.contact",
}
"""A complaint's personal fields are named in a mapping as a front-end names them."""

NOT_FROM_A_LOG = (PromiseMade, CustomerErased)
"""The one needs an instant, which a mapping cannot write; only an operator's command writes the other."""

EVENT_MODELS: dict[str, type[LifecycleEvent]] = {
    model.model_fields["type"].default: model
    for model in get_args(get_args(Lifecycle)[0])
    if issubclass(model, LifecycleEvent) and model not in NOT_FROM_A_LOG
}


@dataclass(frozen=True)
class EventField:
    """A field that a mapping may fill in: its place in the event, whether it is required, and its type.

    ``group`` is the optional object that the field belongs to: an amount is whole or absent.
    """

    place: tuple[str, ...]
    required: bool
    kind: TypeAdapter[Any]
    group: str | None = None


@cache
def list_fields(event_type: str) -> dict[str, EventField]:
    """The fields of ``event_type`` by the names a mapping uses."""
    model = EVENT_MODELS[event_type]
    found = {
        name: field
        for top_level, info in model.model_fields.items()
        if top_level not in OF_EVERY_EVENT
        for name, field in _expand(top_level, info)
    }
    if model is not ComplaintReceived:
        return found
    return {MOVED_INTO_PERSONAL.get(name, name): field for name, field in found.items()}


def find_field(event_type: str, name: str) -> EventField:
    """One field; ``attributes`` are open, the mapping names each. Raises ValueError for an unknown field."""
    prefix, _, key = name.partition(".")
    if event_type == "complaint_received" and prefix == "attributes" and key:
        return EventField(("personal", "attributes", key), required=False, kind=TypeAdapter(str))
    known = list_fields(event_type)
    if name not in known:
        raise ValueError(f"{event_type} has no field {name}; it has {', '.join(known) or 'none'}")
    return known[name]


def _expand(field: str, info: FieldInfo) -> Iterator[tuple[str, EventField]]:
    """The field, or those within it, down to what one text can fill in: no instant, list or map."""
    name, kinds = info.alias or field, _kinds(info.annotation)
    if datetime in kinds or any(get_origin(kind) in (tuple, dict) for kind in kinds):
        return
    nested = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Frozen)), None)
    if nested is None:
        yield name, EventField((name,), info.is_required(), _choose_type(name, info))
        return
    may_be_absent = type(None) in kinds
    must_be_whole = any(child.is_required() for child in nested.model_fields.values())
    for part, child in nested.model_fields.items():
        for inner, one in _expand(part, child):
            required = one.required and not may_be_absent
            group = name if may_be_absent and must_be_whole else one.group
            yield f"{name}.{inner}", EventField((name, *one.place), required, one.kind, group)


def _kinds(annotation: Any) -> list[Any]:
    """The types that a field may have, without what bounds them."""
    alternatives = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return [get_args(kind)[0] if get_origin(kind) is Annotated else kind for kind in alternatives]


def _choose_type(name: str, info: FieldInfo) -> TypeAdapter[Any]:
    """What text must be to fit the field: as intake reads it, so that a replayed name is the one of a live complaint.

    An event's flags and numbers are strict, but a file can only write text.
    """
    if name == "language":
        return TypeAdapter(LanguageTag)
    for kind in _kinds(info.annotation):
        if kind in (bool, int, float):
            return TypeAdapter(kind)
    if Name in get_args(info.annotation) or info.metadata == [*get_args(Name)[1:]]:
        return TypeAdapter(ExternalName)
    text: Any = Annotated[info.annotation, Field(), *info.metadata]
    return TypeAdapter(text)
