"""Between bytes and events: one decoder per topic, one encoder, and one error."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, SchemaValidator

E = TypeVar("E", bound=BaseModel)


class DecodeError(Exception):
    """The bytes are not the event they should be.

    ``reason`` is ``tombstone``, ``malformed_json``, ``unknown_type`` or ``invalid_event``. ``detail`` names
    the field by JSON pointer and never quotes the input: it may hold personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Codec(Generic[E]):
    """Decodes one topic's values. ``kind`` is the topic's event, or the union of its events."""

    def __init__(self, kind: Any) -> None:
        self.adapter: TypeAdapter[E] = TypeAdapter(kind)
        # Ids differ from record to record: to look for each in pydantic's cache of strings costs more than it saves.
        self._validate = SchemaValidator(self.adapter.core_schema, CoreConfig(cache_strings="keys")).validate_json

    def decode(self, value: bytes | None) -> E:
        """The event in ``value``. Raises DecodeError, and nothing else."""
        if value is None:
            raise DecodeError("tombstone", "a record without a value stands where an event should")
        try:
            event: E = self._validate(value)
        except ValidationError as error:
            raise self._explained(error) from None
        return event

    def _explained(self, error: ValidationError) -> DecodeError:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        kind, message = first["type"], first["msg"]
        if kind == "json_invalid":
            return DecodeError("malformed_json", message)
        if kind in ("union_tag_not_found", "union_tag_invalid"):  # their messages quote what was found
            return DecodeError("unknown_type", f"/type: Input should be one of {', '.join(self._types)}")
        pointer = "".join(f"/{part}" for part in self._path(first["loc"]))
        return DecodeError("invalid_event", f"{pointer}: {message}" if pointer else message)

    def _path(self, location: tuple[int | str, ...]) -> Iterator[int | str]:
        """What of pydantic's location is a path in the document: not a union's tag, and not a key of a map.

        Keys of a map, such as ``attributes``, come from outside: the pointer names the map and ends there.
        """
        inside = location[1:] if location and location[0] in self._types else location
        return takewhile(lambda part: isinstance(part, int) or part in self._fields, inside)

    @cached_property
    def _types(self) -> tuple[str, ...]:
        """The tags of the topic's union, if it has one."""
        return tuple(self._schema.get("discriminator", {}).get("mapping", ()))

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The name of every field anywhere in the topic's events."""
        models = (self._schema, *self._schema.get("$defs", {}).values())
        return frozenset(name for model in models for name in model.get("properties", ()))

    @cached_property
    def _schema(self) -> dict[str, Any]:
        return self.adapter.json_schema()


def encode(event: BaseModel) -> bytes:
    """UTF-8 JSON; the model's own serializer, at half the cost of ``model_dump_json().encode()``."""
    encoded: bytes = event.__pydantic_serializer__.to_json(event)
    return encoded
