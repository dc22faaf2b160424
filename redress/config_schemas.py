"""From the models of the files that people write to a JSON Schema beside each, by which editors complete and check."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from redress.replay.mapping import ReplayMapping
from schemas.publishing.documents import json_text
from schemas.publishing.json_schema import DIALECT, BoundKeys
from services.feedback.settings import FeedbackFile
from services.intake.settings import Channels
from services.router.domain.queues import Queues
from services.router.domain.ruleset import RulesFile
from services.sla_monitor.policies_file.models import PoliciesFile
from services.worktime.calendar_file import CalendarFile

DEFAULT = "services/config/default"
MODELS: dict[str, type[BaseModel]] = {
    f"{DEFAULT}/calendars/calendar.schema.json": CalendarFile,
    f"{DEFAULT}/channels.schema.json": Channels,
    f"{DEFAULT}/feedback.schema.json": FeedbackFile,
    f"{DEFAULT}/policies.schema.json": PoliciesFile,
    f"{DEFAULT}/queues.schema.json": Queues,
    f"{DEFAULT}/rules.schema.json": RulesFile,
    "redress/mappings/mapping.schema.json": ReplayMapping,
}


def config_schemas() -> dict[str, str]:
    """Path -> text of each. What one file must know of another (a calendar's name, say) only the loader checks."""
    return {path: _text(model) for path, model in MODELS.items()}


class AsWritten(BoundKeys):
    """YAML reads 1, 2.5 and yes as other than text; the loader takes every scalar for the text that was written."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Text, or what an editor takes for a number or a truth."""
        return super().str_schema(schema) | {"type": ["string", "number", "boolean"]}


def _text(model: type[BaseModel]) -> str:
    return json_text({"$schema": DIALECT, **model.model_json_schema(schema_generator=AsWritten)})
