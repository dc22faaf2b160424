"""The JSON Schema (2020-12) of a topic's values, or of all models of several topics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from schemas.topics import Topic

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class BoundKeys(GenerateJsonSchema):
    """Lets no key outside a pattern hold anything: pydantic's schema does, its validators do not."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Of a mapping: what its keys and its values must look like."""
        found = super().dict_schema(schema)
        if "patternProperties" in found:
            ((pattern, member),) = found.pop("patternProperties").items()
            found["additionalProperties"] = member
            found["propertyNames"] = found.get("propertyNames", {}) | {"pattern": pattern}
        return found


def topic_schema(topic: Topic[Any]) -> dict[str, Any]:
    """What a value of the topic must look like. Fields that it does not name are allowed, and ignored."""
    schema = _published(topic.codec.adapter.json_schema(schema_generator=BoundKeys))
    return {
        "$schema": DIALECT,
        **schema,
        "title": topic.name,
        "description": topic.description,
        "x-kafka-key": list(topic.key),
    }


def model_schemas(topics: Iterable[Topic[Any]], ref_template: str) -> dict[str, Any]:
    """Name of each event, and of each model within one -> its schema, with references as the template says."""
    models = dict.fromkeys(model for topic in topics for model in topic.events)
    _, schema = models_json_schema(
        [(model, "validation") for model in models], ref_template=ref_template, schema_generator=BoundKeys
    )
    published: dict[str, Any] = _published(schema)["$defs"]
    return published


def _published(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the decoder has it, without the titles that pydantic makes up."""
    for model in (schema, *schema.get("$defs", {}).values()):
        fields = model.get("properties", {})
        for field in fields.values():
            field.pop("title", None)
        if "const" in fields.get("type", {}):
            fields["type"].pop("default", None)
            model["required"] = ["type", *model.get("required", [])]
    return schema
