"""What all bodies of requests have in common, and what JSON Schema says of those whose fields depend on each other."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class RequestBody(BaseModel):
    """A body as it may be sent."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class UntilOrBy(RequestBody):
    """A body that has exactly one of ``until`` and ``by``, which are texts."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("until", "by")]
        }
    )


class ComplaintOrEvent(RequestBody):
    """A body that holds a complaint, or an event and what names its complaint; each field may be null."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler.resolve_ref_schema(handler(schema))
        fields = described.pop("properties")
        for keyword in ("type", "additionalProperties"):
            del described[keyword]
        described["oneOf"] = [
            _describe_kind("BulkComplaint", fields, "complaint"),
            _describe_kind("BulkEventById", fields, "event", "complaint_id"),
            _describe_kind("BulkEventByReference", fields, "event", "channel", "external_ref"),
        ]
        return described


def _describe_kind(title: str, fields: dict[str, Any], *needed: str) -> dict[str, Any]:
    """A body with the ``needed`` fields. It may have a key; the others may be there as nulls."""
    return {
        "title": title,
        "type": "object",
        "properties": {
            name: field["anyOf"][0] if name in needed else field if name == "idempotency_key" else {"type": "null"}
            for name, field in fields.items()
        },
        "required": [*needed],
        "additionalProperties": False,
    }
