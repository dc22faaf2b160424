"""keys.yaml as a model: who may call intake; and where it lies."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from schemas.instants import ExternalInstant
from schemas.primitives import Name
from services.config.yaml_files import load
from services.intake.domain.api_keys import ID_PATTERN, ApiKey
from services.intake.domain.rate_limit import Rate
from services.intake.domain.scopes import Scope
from services.intake.settings import Settings

FILE_NAME = "keys.yaml"

_INSTANT: TypeAdapter[datetime] = TypeAdapter(ExternalInstant)


def _read_instant(written: object) -> datetime:
    try:
        if isinstance(written, datetime):
            return _INSTANT.validate_python(written)
        return _INSTANT.validate_json(json.dumps(written))
    except ValidationError:
        raise ValueError("write an RFC 3339 time, such as 2027-01-31T00:00:00Z") from None


WrittenInstant = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema(_INSTANT.json_schema())]


def _refuse_nothing(written: object) -> object:
    if written is None:
        raise ValueError("write something here, or leave the field out")
    return written


_Something = BeforeValidator(_refuse_nothing)
"""For fields whose absence allows more: who leaves a value empty did not mean that."""


class RateEntry(BaseModel):
    """How often a key may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_second: Annotated[float, Field(ge=0.01, le=100_000, description="Requests and bulk lines, in the long run")]
    burst: Annotated[int, Field(ge=1, le=10_000_000, description="Requests and bulk lines at once, after a rest")]


class KeyEntry(BaseModel):
    """One key. Who reads it learns no key: of a key's text it has the SHA-256.

    Validate with the context ``{"channels": ...}``, the names in channels.yaml, where they are known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(description="Of the key's whole text")]
    owner: Annotated[ExternalName, Field(description="Whose complaints are sent with it; keys may share one")]
    channels: Annotated[
        Annotated[tuple[ExternalName, ...], Field(min_length=1)] | SkipJsonSchema[None],
        Field(description="Absent: all"),
        each_once("channel"),
        _Something,
    ] = None
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1), each_once("scope")]
    rate: RateEntry
    created_at: WrittenInstant
    expires_at: Annotated[WrittenInstant | SkipJsonSchema[None], _Something] = None
    revoked_at: Annotated[
        WrittenInstant | SkipJsonSchema[None], Field(description="A key that has it is refused"), _Something
    ] = None
    test: bool = False

    @field_validator("channels")
    @classmethod
    def _declared(cls, channels: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        declared: Collection[str] | None = (info.context or {}).get("channels")
        if declared is not None and not set(channels or ()) <= set(declared):
            raise ValueError("a channel here is not in channels.yaml; there are " + ", ".join(sorted(declared)))
        return channels

    def api_key(self) -> ApiKey:
        """The key as the domain knows it."""
        return ApiKey(
            id=self.id,
            sha256=bytes.fromhex(self.sha256),
            owner=self.owner,
            channels=frozenset(self.channels) if self.channels is not None else None,
            scopes=frozenset(self.scopes),
            rate=Rate(self.rate.per_second, self.rate.burst),
            expires_at=self.expires_at,
            revoked=self.revoked_at is not None,
            test=self.test,
        )


class KeysFile(BaseModel):
    """keys.yaml. Without any key in it, nobody may call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    keys: Annotated[tuple[KeyEntry, ...], each_once("key", by=attrgetter("id"))]


def find_keys_file(settings: Settings) -> Path:
    """Where the keys lie, or would: REDRESS_KEYS, else keys.yaml in REDRESS_CONFIG where that is set, else in the home.

    A file that is there goes before a place where none is: who sets REDRESS_CONFIG does not lose the keys at home.
    """
    if settings.keys is not None:
        return settings.keys
    folders = [settings.home] if settings.config is None else [settings.config, settings.home]
    places = [folder / FILE_NAME for folder in folders]
    return next((place for place in places if os.path.lexists(place)), places[0])


def load_keys(path: Path, channels: Collection[str]) -> dict[str, ApiKey]:
    """The keys at ``path``, by id. ``channels`` are the deployment's. Raises ConfigError."""
    file = load(path, KeysFile, context={"channels": channels})
    return {entry.id: entry.api_key() for entry in file.keys}
