"""From an event type to the fields that a mapping may fill in, each with its place in the event and its type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import Field, TypeAdapter
from pydantic.fields import FieldInfo

from schemas.events import ComplaintReceived, Lifecycle, LifecycleEvent
from schemas.primitives import Frozen

OF_EVERY_EVENT = frozenset(LifecycleEvent.model_fields)
MOVED_INTO_PERSONAL = {
    "personal.subject": "subject",
    "personal.body": "body",
    "personal.name": "customer.name",
    "personal.contact": "customer.contact",
}
"""A complaint's personal fields are named in a mapping as a front-end names them."""

EVENT_MODELS: dict[str, type[LifecycleEvent]] = {
    model.model_fields["type"].default: model
    for model in get_args(get_args(Lifecycle)[0])
    if issubclass(model, LifecycleEvent)
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
        return EventField(("attributes", key), required=False, kind=TypeAdapter(str))
    known = list_fields(event_type)
    if name not in known:
        raise ValueError(f"{event_type} has no field {name}; it has {', '.join(known) or 'none'}")
    return known[name]


def _expand(top_level: str, info: FieldInfo) -> list[tuple[str, EventField]]:
    kinds = (info.annotation, *get_args(info.annotation))
    if datetime in kinds or any(get_origin(kind) in (tuple, dict) for kind in kinds):
        return []
    nested = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Frozen)), None)
    if nested is None:
        return [(top_level, EventField((top_level,), info.is_required(), _choose_type(info)))]
    whole_or_absent = top_level if type(None) in kinds else None
    return [
        (
            f"{top_level}.{name}",
            EventField(
                (top_level, name), child.is_required() and not whole_or_absent, _choose_type(child), whole_or_absent
            ),
        )
        for name, child in nested.model_fields.items()
    ]


def _choose_type(info: FieldInfo) -> TypeAdapter[Any]:
    """The type that text is checked with. An event's flags are strict, but a file can only hold the words."""
    if info.annotation is bool:
        return TypeAdapter(bool)
    kind: Any = Annotated[info.annotation, Field(), *info.metadata]
    return TypeAdapter(kind)
