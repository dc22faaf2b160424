"""From the models of the files that people write to a JSON Schema beside each, by which editors complete and check."""

from __future__ import annotations

from pathlib import PurePosixPath

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from redress.fetch_mail.config_file import FetchMailFile
from redress.import_path import imported
from redress.publishing.documents import json_text
from redress.publishing.json_schema import DIALECT, BoundKeys
from redress.replay.mapping import ReplayMapping
from services.registry import ConfigFile, config_files

DEFAULT = PurePosixPath("services/config/default")
OWN = {
    "redress/mappings/mapping.schema.json": ReplayMapping,
    str(DEFAULT / "fetch-mail.schema.json"): FetchMailFile,
}
"""Of the files that commands read, and no service."""


def config_schemas() -> dict[str, str]:
    """Path -> text of each. What one file must know of another (a calendar's name, say) only the loader checks."""
    models = {schema_path(file): imported(file.model) for file in config_files()} | OWN
    return {path: _text(model) for path, model in models.items()}


def schema_path(file: ConfigFile) -> str:
    """Where a file's schema stands: ``rules.schema.json`` for rules.yaml, one for all files of a folder."""
    path = PurePosixPath(file.name)
    stem = path.stem if path.stem != "*" else path.parent.name.removesuffix("s")
    return str(DEFAULT / path.parent / f"{stem}.schema.json")


class AsWritten(BoundKeys):
    """YAML reads 1, 2.5 and yes as other than text; the loader takes every scalar for the text that was written."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Text, or what an editor takes for a number or a truth."""
        return super().str_schema(schema) | {"type": ["string", "number", "boolean"]}


def _text(model: type[BaseModel]) -> str:
    return json_text({"$schema": DIALECT, **model.model_json_schema(schema_generator=AsWritten)})
